"""The first ledger: 100,000,000,000 XRP in one account, the fees, and the amendments."""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import ClosedState
from sovbank.devnet.ledger.values import MAX_DROPS
from sovbank.devnet.ledger.view import Fees, LedgerInfo
from sovbank.wire.addresses import decode_address

GENESIS_ADDRESS: Final = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
"""The account that owns all XRP at first; its seed is made of the passphrase ``masterpassphrase``."""
FEES: Final = Fees(base=10, reserve=1_000_000, increment=200_000)

_AMENDMENTS: Final = """
    XRPFees Clawback AMM XChainBridge DID PriceOracle NFTokenMintOffer MPTokensV1 AMMClawback Credentials
    DynamicNFT PermissionedDomains DeepFreeze SingleAssetVault PermissionedDEX TokenEscrow LendingProtocol
    fixUniversalNumber fixNFTokenReserve
    fixRemoveNFTokenAutoTrustLine fixDisallowIncomingV1 fixFillOrKill fixInnerObjTemplate fixAMMOverflowOffer
    fixEmptyDID fixXChainRewardRounding fixPreviousTxnID fixAMMv1_1 fixReducedOffersV2
    fixEnforceNFTokenTrustline fixInnerObjTemplate2 fixNFTokenPageLinks fixAMMv1_2 fixFrozenLPTokenTransfer
    fixInvalidTxFlags fixPayChanCancelAfter fixAMMv1_3 fixEnforceNFTokenTrustlineV2 fixAMMClawbackRounding
    fixMPTDeliveredAmount fixPriceOracleOrder fixTokenEscrowV1 fixIncludeKeyletFields fixDirectoryLimit
    fixCleanup3_1_3 fixCleanup3_2_0
"""
AMENDMENTS: Final = tuple(_AMENDMENTS.split())
"""Names of the amendments that are on: all that 3.2.0 supports, and none of those it merely knows."""


def amendment_id(name: str) -> bytes:
    """Give an amendment's id: the hash of its name."""
    return keylets.sha512_half(name.encode("ascii"))


def genesis_state() -> ClosedState:
    """Make the state of ledger 1."""
    state = ClosedState(LedgerInfo(1, 0, bytes(32), FEES, open=False))
    account = decode_address(GENESIS_ADDRESS)
    for entry in (
        LedgerEntry.new(
            "AccountRoot",
            keylets.account(account),
            {"Account": account, "Sequence": 1, "Balance": MAX_DROPS},
        ),
        LedgerEntry.new(
            "Amendments",
            keylets.AMENDMENTS,
            {"Amendments": tuple(sorted(amendment_id(name) for name in AMENDMENTS))},
        ),
        LedgerEntry.new(
            "FeeSettings",
            keylets.FEE_SETTINGS,
            {
                "BaseFeeDrops": FEES.base,
                "ReserveBaseDrops": FEES.reserve,
                "ReserveIncrementDrops": FEES.increment,
            },
        ),
    ):
        state.put(entry)
    return state
