"""Fields of the serialised format: name, type, position, and how each takes part in metadata.

The numbers are the protocol's: a field's header is its type code and its own code, and objects are
serialised in ascending order of that pair.
"""

from __future__ import annotations

from typing import Final, NamedTuple

TYPE_CODES: Final = {
    "UInt16": 1,
    "UInt32": 2,
    "UInt64": 3,
    "Hash128": 4,
    "Hash256": 5,
    "Amount": 6,
    "Blob": 7,
    "AccountID": 8,
    "Number": 9,
    "Int32": 10,
    "Int64": 11,
    "STObject": 14,
    "STArray": 15,
    "UInt8": 16,
    "Hash160": 17,
    "PathSet": 18,
    "Vector256": 19,
    "Hash192": 21,
    "Issue": 24,
    "XChainBridge": 25,
    "Currency": 26,
}

_FIELDS: Final = {
    "UInt8": """
        CloseResolution:1 Method:2 TransactionResult:3 Scale:4 AssetScale:5 TickSize:16
        UNLModifyDisabling:17 HookResult:18 WasLockingChainSend:19 WithdrawalPolicy:20
    """,
    "UInt16": """
        LedgerEntryType:1 TransactionType:2 SignerWeight:3 TransferFee:4 TradingFee:5 DiscountedFee:6
        Version:16 HookStateChangeCount:17 HookEmitCount:18 HookExecutionIndex:19 HookApiVersion:20
        LedgerFixType:21 ManagementFeeRate:22
    """,
    "UInt32": """
        NetworkID:1 Flags:2 SourceTag:3 Sequence:4 PreviousTxnLgrSeq:5 LedgerSequence:6 CloseTime:7
        ParentCloseTime:8 SigningTime:9 Expiration:10 TransferRate:11 WalletSize:12 OwnerCount:13
        DestinationTag:14 LastUpdateTime:15 HighQualityIn:16 HighQualityOut:17 LowQualityIn:18
        LowQualityOut:19 QualityIn:20 QualityOut:21 StampEscrow:22 BondAmount:23 LoadFee:24
        OfferSequence:25 FirstLedgerSequence:26 LastLedgerSequence:27 TransactionIndex:28
        OperationLimit:29 ReferenceFeeUnits:30 ReserveBase:31 ReserveIncrement:32 SetFlag:33
        ClearFlag:34 SignerQuorum:35 CancelAfter:36 FinishAfter:37 SignerListID:38 SettleDelay:39
        TicketCount:40 TicketSequence:41 NFTokenTaxon:42 MintedNFTokens:43 BurnedNFTokens:44
        HookStateCount:45 EmitGeneration:46 VoteWeight:48 FirstNFTokenSequence:50 OracleDocumentID:51
        PermissionValue:52 MutableFlags:53 StartDate:54 PaymentInterval:55 GracePeriod:56
        PreviousPaymentDueDate:57 NextPaymentDueDate:58 PaymentRemaining:59 PaymentTotal:60
        LoanSequence:61 CoverRateMinimum:62 CoverRateLiquidation:63 OverpaymentFee:64 InterestRate:65
        LateInterestRate:66 CloseInterestRate:67 OverpaymentInterestRate:68
    """,
    "UInt64": """
        IndexNext:1 IndexPrevious:2 BookNode:3 OwnerNode:4 BaseFee:5 ExchangeRate:6 LowNode:7 HighNode:8
        DestinationNode:9 Cookie:10 ServerVersion:11 NFTokenOfferNode:12 EmitBurden:13 HookOn:16
        HookInstructionCount:17 HookReturnCode:18 ReferenceCount:19 XChainClaimID:20
        XChainAccountCreateCount:21 XChainAccountClaimCount:22 AssetPrice:23 MaximumAmount:24
        OutstandingAmount:25 MPTAmount:26 IssuerNode:27 SubjectNode:28 LockedAmount:29 VaultNode:30
        LoanBrokerNode:31
    """,
    "Hash128": """
        EmailHash:1
    """,
    "Hash160": """
        TakerPaysCurrency:1 TakerPaysIssuer:2 TakerGetsCurrency:3 TakerGetsIssuer:4
    """,
    "Hash192": """
        MPTokenIssuanceID:1 ShareMPTID:2 TakerPaysMPT:3 TakerGetsMPT:4
    """,
    "Hash256": """
        LedgerHash:1 ParentHash:2 TransactionHash:3 AccountHash:4 PreviousTxnID:5 LedgerIndex:6
        WalletLocator:7 RootIndex:8 AccountTxnID:9 NFTokenID:10 EmitParentTxnID:11 EmitNonce:12
        EmitHookHash:13 AMMID:14 BookDirectory:16 InvoiceID:17 Nickname:18 Amendment:19 Digest:21
        Channel:22 ConsensusHash:23 CheckID:24 ValidatedHash:25 PreviousPageMin:26 NextPageMin:27
        NFTokenBuyOffer:28 NFTokenSellOffer:29 HookStateKey:30 HookHash:31 HookNamespace:32
        HookSetTxnID:33 DomainID:34 VaultID:35 ParentBatchID:36 LoanBrokerID:37 LoanID:38
        ReferenceHolding:39
    """,
    "Number": """
        Number:1 AssetsAvailable:2 AssetsMaximum:3 AssetsTotal:4 LossUnrealized:5 DebtTotal:6
        DebtMaximum:7 CoverAvailable:8 LoanOriginationFee:9 LoanServiceFee:10 LatePaymentFee:11
        ClosePaymentFee:12 PrincipalOutstanding:13 PrincipalRequested:14 TotalValueOutstanding:15
        PeriodicPayment:16 ManagementFeeOutstanding:17
    """,
    "Int32": """
        LoanScale:1
    """,
    "Amount": """
        Amount:1 Balance:2 LimitAmount:3 TakerPays:4 TakerGets:5 LowLimit:6 HighLimit:7 Fee:8 SendMax:9
        DeliverMin:10 Amount2:11 BidMin:12 BidMax:13 MinimumOffer:16 RippleEscrow:17 DeliveredAmount:18
        NFTokenBrokerFee:19 BaseFeeDrops:22 ReserveBaseDrops:23 ReserveIncrementDrops:24 LPTokenOut:25
        LPTokenIn:26 EPrice:27 Price:28 SignatureReward:29 MinAccountCreateAmount:30 LPTokenBalance:31
    """,
    "Blob": """
        PublicKey:1 MessageKey:2 SigningPubKey:3 TxnSignature:4 URI:5 Signature:6 Domain:7 FundCode:8
        RemoveCode:9 ExpireCode:10 CreateCode:11 MemoType:12 MemoData:13 MemoFormat:14 Fulfillment:16
        Condition:17 MasterSignature:18 UNLModifyValidator:19 ValidatorToDisable:20
        ValidatorToReEnable:21 HookStateData:22 HookReturnString:23 HookParameterName:24
        HookParameterValue:25 DIDDocument:26 Data:27 AssetClass:28 Provider:29 MPTokenMetadata:30
        CredentialType:31
    """,
    "AccountID": """
        Account:1 Owner:2 Destination:3 Issuer:4 Authorize:5 Unauthorize:6 RegularKey:8 NFTokenMinter:9
        EmitCallback:10 Holder:11 Delegate:12 HookAccount:16 OtherChainSource:18
        OtherChainDestination:19 AttestationSignerAccount:20 AttestationRewardAccount:21
        LockingChainDoor:22 IssuingChainDoor:23 Subject:24 Borrower:25 Counterparty:26
    """,
    "Vector256": """
        Indexes:1 Hashes:2 Amendments:3 NFTokenOffers:4 CredentialIDs:5
    """,
    "PathSet": """
        Paths:1
    """,
    "Currency": """
        BaseAsset:1 QuoteAsset:2
    """,
    "Issue": """
        LockingChainIssue:1 IssuingChainIssue:2 Asset:3 Asset2:4
    """,
    "XChainBridge": """
        XChainBridge:1
    """,
    "STObject": """
        TransactionMetaData:2 CreatedNode:3 DeletedNode:4 ModifiedNode:5 PreviousFields:6 FinalFields:7
        NewFields:8 TemplateEntry:9 Memo:10 SignerEntry:11 NFToken:12 EmitDetails:13 Hook:14
        Permission:15 Signer:16 Majority:18 DisabledValidator:19 EmittedTxn:20 HookExecution:21
        HookDefinition:22 HookParameter:23 HookGrant:24 VoteEntry:25 AuctionSlot:26 AuthAccount:27
        XChainClaimProofSig:28 XChainCreateAccountProofSig:29 XChainClaimAttestationCollectionElement:30
        XChainCreateAccountAttestationCollectionElement:31 PriceData:32 Credential:33 RawTransaction:34
        BatchSigner:35 Book:36 CounterpartySignature:37
    """,
    "STArray": """
        SigningAccounts:2 Signers:3 SignerEntries:4 Template:5 Necessary:6 Sufficient:7 AffectedNodes:8
        Memos:9 NFTokens:10 Hooks:11 VoteSlots:12 AdditionalBooks:13 Majorities:16 DisabledValidators:17
        HookExecutions:18 HookParameters:19 HookGrants:20 XChainClaimAttestations:21
        XChainCreateAccountAttestations:22 PriceDataSeries:24 AuthAccounts:25 AuthorizeCredentials:26
        UnauthorizeCredentials:27 AcceptedCredentials:28 Permissions:29 RawTransactions:30
        BatchSigners:31
    """,
}

NOT_SIGNED: Final = frozenset(
    {
        "TxnSignature",
        "Signature",
        "MasterSignature",
        "Signers",
        "BatchSigners",
        "CounterpartySignature",
    }
)
"""Fields left out of what is signed."""

DECIMAL_UINT64: Final = frozenset(
    {"MaximumAmount", "OutstandingAmount", "MPTAmount", "LockedAmount", "ConfidentialOutstandingAmount"}
)
"""UInt64 fields printed in base ten; the others are printed in base sixteen."""

NEVER_IN_METADATA: Final = frozenset({"LedgerEntryType", "Indexes"})
ONLY_WHEN_DELETED: Final = frozenset({"PreviousTxnID", "PreviousTxnLgrSeq"})
"""Fields that stand in FinalFields of a deleted node only."""
ALWAYS_IN_METADATA: Final = frozenset({"RootIndex"})
"""Fields shown whenever their node is touched, and never in PreviousFields."""


class Field(NamedTuple):
    """A field: its name, its type's name and code, its own code, and whether it is signed."""

    name: str
    type: str
    type_code: int
    code: int
    signed: bool

    @property
    def order(self) -> int:
        """Position in the canonical order."""
        return self.type_code << 16 | self.code


def _table() -> dict[str, Field]:
    table = {}
    for type_name, listing in _FIELDS.items():
        for entry in listing.split():
            name, code = entry.split(":")
            table[name] = Field(name, type_name, TYPE_CODES[type_name], int(code), name not in NOT_SIGNED)
    return table


FIELDS: Final = _table()
FIELD_BY_CODE: Final = {(field.type_code, field.code): field for field in FIELDS.values()}
ORDER: Final = {name: field.order for name, field in FIELDS.items()}

_TRANSACTION_TYPES: Final = """
    Payment:0 EscrowCreate:1 EscrowFinish:2 AccountSet:3 EscrowCancel:4 SetRegularKey:5 OfferCreate:7
    OfferCancel:8 TicketCreate:10 SignerListSet:12 PaymentChannelCreate:13 PaymentChannelFund:14
    PaymentChannelClaim:15 CheckCreate:16 CheckCash:17 CheckCancel:18 DepositPreauth:19 TrustSet:20
    AccountDelete:21 NFTokenMint:25 NFTokenBurn:26 NFTokenCreateOffer:27 NFTokenCancelOffer:28
    NFTokenAcceptOffer:29 Clawback:30 AMMClawback:31 AMMCreate:35 AMMDeposit:36 AMMWithdraw:37
    AMMVote:38 AMMBid:39 AMMDelete:40 XChainCreateClaimID:41 XChainCommit:42 XChainClaim:43
    XChainAccountCreateCommit:44 XChainAddClaimAttestation:45 XChainAddAccountCreateAttestation:46
    XChainModifyBridge:47 XChainCreateBridge:48 DIDSet:49 DIDDelete:50 OracleSet:51 OracleDelete:52
    LedgerStateFix:53 MPTokenIssuanceCreate:54 MPTokenIssuanceDestroy:55 MPTokenIssuanceSet:56
    MPTokenAuthorize:57 CredentialCreate:58 CredentialAccept:59 CredentialDelete:60 NFTokenModify:61
    PermissionedDomainSet:62 PermissionedDomainDelete:63 DelegateSet:64 VaultCreate:65 VaultSet:66
    VaultDelete:67 VaultDeposit:68 VaultWithdraw:69 VaultClawback:70 Batch:71 LoanBrokerSet:74
    LoanBrokerDelete:75 LoanBrokerCoverDeposit:76 LoanBrokerCoverWithdraw:77 LoanBrokerCoverClawback:78
    LoanSet:80 LoanDelete:81 LoanManage:82 LoanPay:84 EnableAmendment:100 SetFee:101 UNLModify:102
"""
TRANSACTION_TYPES: Final = {
    name: int(code) for name, code in (entry.split(":") for entry in _TRANSACTION_TYPES.split())
}
TRANSACTION_NAMES: Final = {code: name for name, code in TRANSACTION_TYPES.items()}
