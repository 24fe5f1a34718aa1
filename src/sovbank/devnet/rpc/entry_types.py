"""Names by which requests choose a type of ledger entry."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.rpc.refusals import invalid, refusal

SHORT_NAMES: Final = {
    "account": "AccountRoot",
    "amendments": "Amendments",
    "amm": "AMM",
    "bridge": "Bridge",
    "check": "Check",
    "credential": "Credential",
    "delegate": "Delegate",
    "deposit_preauth": "DepositPreauth",
    "did": "DID",
    "directory": "DirectoryNode",
    "escrow": "Escrow",
    "fee": "FeeSettings",
    "hashes": "LedgerHashes",
    "loan": "Loan",
    "loan_broker": "LoanBroker",
    "mpt_issuance": "MPTokenIssuance",
    "mptoken": "MPToken",
    "nft_offer": "NFTokenOffer",
    "nft_page": "NFTokenPage",
    "nunl": "NegativeUNL",
    "offer": "Offer",
    "oracle": "Oracle",
    "payment_channel": "PayChannel",
    "permissioned_domain": "PermissionedDomain",
    "signer_list": "SignerList",
    "state": "RippleState",
    "ticket": "Ticket",
    "vault": "Vault",
    "xchain_owned_claim_id": "XChainOwnedClaimID",
    "xchain_owned_create_account_claim_id": "XChainOwnedCreateAccountClaimID",
}
"""Every type of the real server's, with the name that its requests have for it."""
_LONG_NAMES: Final = {name.lower(): name for name in SHORT_NAMES.values()}
_SINGLETONS: Final = frozenset({"Amendments", "DirectoryNode", "FeeSettings", "LedgerHashes", "NegativeUNL"})


def type_named(params: dict[str, Any], *, allowed_singletons: bool) -> str | None:
    """Give the type of entry that ``type`` names, None when there is no such parameter."""
    if "type" not in params:
        return None
    named = params["type"]
    if not isinstance(named, str):
        raise refusal("invalidParams", "Invalid field 'type', not string.")
    found = SHORT_NAMES.get(named) or _LONG_NAMES.get(named.lower())
    # A long name counts in any case, a short one only as it stands.
    if found is None or (found in _SINGLETONS and not allowed_singletons):
        raise invalid("type")
    return found
