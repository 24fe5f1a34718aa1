"""The table of transaction types that the ledger can apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.transactor import Transactor
from sovbank.devnet.ledger.view import Sandbox
from sovbank.devnet.transactions import (
    account_delete,
    account_set,
    clawback,
    credential_accept,
    credential_create,
    credential_delete,
    credential_rules,
    deposit_preauth,
    domain_delete,
    domain_set,
    mpt_authorize,
    mpt_issuance_create,
    mpt_issuance_destroy,
    mpt_issuance_set,
    nft_accept_offer,
    nft_burn,
    nft_cancel_offer,
    nft_create_offer,
    nft_mint,
    nft_modify,
    nft_rules,
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
    "NFTokenAcceptOffer": nft_accept_offer.TRANSACTOR,
    "NFTokenBurn": nft_burn.TRANSACTOR,
    "NFTokenCancelOffer": nft_cancel_offer.TRANSACTOR,
    "NFTokenCreateOffer": nft_create_offer.TRANSACTOR,
    "NFTokenMint": nft_mint.TRANSACTOR,
    "NFTokenModify": nft_modify.TRANSACTOR,
    "Payment": payment.TRANSACTOR,
    "PermissionedDomainDelete": domain_delete.TRANSACTOR,
    "PermissionedDomainSet": domain_set.TRANSACTOR,
    "SetRegularKey": regular_key.TRANSACTOR,
    "SignerListSet": signer_list.TRANSACTOR,
    "TicketCreate": ticket_create.TRANSACTOR,
    "TrustSet": trust_set.TRANSACTOR,
}


def _delete_credential(view: Sandbox, entry: LedgerEntry) -> None:
    credential_rules.delete(view, entry)


def _delete_nft_offer(view: Sandbox, entry: LedgerEntry) -> None:
    nft_rules.delete_offer(view, entry)


DELETERS: Final[dict[str, Callable[[Sandbox, LedgerEntry], None]]] = {
    "Credential": _delete_credential,
    "NFTokenOffer": _delete_nft_offer,
}
"""How entries that expired are deleted, where a transaction found them so and failed."""
