"""The table of transaction types that the ledger can apply."""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.transactor import Transactor
from sovbank.devnet.transactions import (
    account_delete,
    account_set,
    clawback,
    deposit_preauth,
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
    "DepositPreauth": deposit_preauth.TRANSACTOR,
    "Payment": payment.TRANSACTOR,
    "SetRegularKey": regular_key.TRANSACTOR,
    "SignerListSet": signer_list.TRANSACTOR,
    "TicketCreate": ticket_create.TRANSACTOR,
    "TrustSet": trust_set.TRANSACTOR,
}
