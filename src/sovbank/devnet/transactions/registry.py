"""The table of transaction types that the ledger can apply."""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.transactor import Transactor
from sovbank.devnet.transactions import (
    account_delete,
    account_set,
    clawback,
    credential_accept,
    credential_create,
    credential_delete,
    deposit_preauth,
    domain_delete,
    domain_set,
    mpt_authorize,
    mpt_issuance_create,
    mpt_issuance_destroy,
    mpt_issuance_set,
    payment,
    regular_key,
    signer_list,
    ticket_create,
    trust_set,
)

TRANSACTORS: Final[dict[str, Transactor]] = {
    "AccountDelete": account_delete.TRANSACTOR,
    "AccountSet": account_set.TRANSACTOR,
    "Clawback": clawback.TRANSACTOR,
    "CredentialAccept": credential_accept.TRANSACTOR,
    "CredentialCreate": credential_create.TRANSACTOR,
    "CredentialDelete": credential_delete.TRANSACTOR,
    "DepositPreauth": deposit_preauth.TRANSACTOR,
    "MPTokenAuthorize": mpt_authorize.TRANSACTOR,
    "MPTokenIssuanceCreate": mpt_issuance_create.TRANSACTOR,
    "MPTokenIssuanceDestroy": mpt_issuance_destroy.TRANSACTOR,
    "MPTokenIssuanceSet": mpt_issuance_set.TRANSACTOR,
    "Payment": payment.TRANSACTOR,
    "PermissionedDomainDelete": domain_delete.TRANSACTOR,
    "PermissionedDomainSet": domain_set.TRANSACTOR,
    "SetRegularKey": regular_key.TRANSACTOR,
    "SignerListSet": signer_list.TRANSACTOR,
    "TicketCreate": ticket_create.TRANSACTOR,
    "TrustSet": trust_set.TRANSACTOR,
}
