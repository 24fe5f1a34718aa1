"""The figures, names and explanations of the rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

ASSET = "FTHUSD"
CUSTOMER = "Aurora Trading LLC"
KYC_CASE = "KYC-2026-0042"
DEPOSIT, LATER_DEPOSIT = "DEP-2026-0001", "DEP-2026-0002"
DISTRIBUTION, STRAY_DISTRIBUTION = "DIST-2026-0001", "DIST-2026-0002"
REDEMPTION = "RED-2026-0001"
MEMBERS = "membership"
MEMBERSHIP, TIER = "MEM-2026-0001", "pro"

MINTED = Decimal("1000000.00")
BEYOND = Decimal("500000.00")
DISTRIBUTED = Decimal("125000.50")
REDEEMED = Decimal("20000.00")
TRUST_LIMIT = Decimal(10_000_000)

STATEMENT = f"""reference,account,booked_on,direction,amount,currency,counterparty,remittance
{DEPOSIT},US00123456789,2026-11-20,credit,{MINTED},USD,{CUSTOMER},FTHUSD subscription
{LATER_DEPOSIT},US00123456789,2026-11-20,credit,{BEYOND},USD,Borealis Inc,FTHUSD subscription
"""

WHY: Mapping[str, str] = {
    "fund": "The bank's accounts and its officers exist on both ledgers.",
    "journal": "From here on, every step is a row that nobody can change unseen.",
    "control plane": "Five contracts decide what may be signed. The deployer keeps no right.",
    "issuer": "Issuer 3-of-5, all others 2-of-3. Every key was proved; master keys are off.",
    "whitelist": "Compliance admits the customer. Nobody else can hold the token.",
    "membership": "A token that cannot be passed on; both ledgers name its holder.",
    "trust line": "The customer opens a line from their own wallet; the issuer's officers authorise it.",
    "deposit": "The bank's own statement is the only source of deposits.",
    "attest": "Two reporters signed what the reserve account holds.",
    "request": "MintGuard holds the amount against reserves and limits. Nothing is minted yet.",
    "mint": "Another officer approved, three of five signed one payment, MintGuard counted it once.",
    "mint again": "The same command is the same operation: nothing more was minted.",
    "distribute": "Two of three signed, against the deposit and the whitelist.",
    "redeem": "The customer paid under the tag that the bank gave.",
    "burn": "What arrived went back to the issuer and ceased to exist; two roles recorded it.",
    "reconcile": "Four records, each counted on its own, agree to the last digit.",
    "verify": "Each row of the log carries the hash of the one before: none was changed, removed or added.",
}
