"""The control-plane port over the five contracts of one deployment: facts and signed actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sovbank.core.membership import taxon_of
from sovbank.core.profile import Contracts
from sovbank.errors.evm import ContractAnswerMalformed, MalformedEvmValue
from sovbank.evm.abi import codec
from sovbank.evm.facts import ControlFacts, mint_arguments
from sovbank.evm.identity import (
    account_key,
    asset_key,
    burn_reason,
    burn_record_id,
    kyc_key,
    redemption_key,
    revocation_reason,
    word,
)
from sovbank.evm.port import BurnNotice, ChainSigner, MintTerms, Receipt, Recorder, ReserveReport
from sovbank.evm.refusals import TIERS
from sovbank.evm.reports import report_digest, report_fields, sign_report_digest
from sovbank.evm.sending import Sender
from sovbank.evm.session import EvmSession

CUSTOMER_TIERS = ("low", "medium", "high")
INTERNAL_TIER = "internal"
_NO_EVIDENCE = bytes(32)


class EvmControlPlane(ControlFacts):
    """The port ``evm.port.ControlPlane``, over one node of an EVM chain.

    Parameters
    ----------
    session
        The chain, pinned by its id.
    sender
        What sends transactions of that session.
    contracts
        The proxies' addresses.
    """

    def __init__(self, session: EvmSession, sender: Sender, contracts: Contracts) -> None:
        super().__init__(session, contracts)
        self._sender = sender

    def request_mint(self, terms: MintTerms, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Request a mint and hold its amount (requester)."""
        return self._act("MintGuard", "requestMint", *mint_arguments(terms), signer=signer, record=record)

    def approve_mint(self, request_id: str, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Approve a held mint (approver)."""
        key = word(request_id, "request id")
        return self._act("MintGuard", "approveMint", key, signer=signer, record=record)

    def extend_mint(self, request_id: str, expiry: int, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Give a held or approved mint a later expiry (approver)."""
        key = word(request_id, "request id")
        return self._act("MintGuard", "extendMint", key, expiry, signer=signer, record=record)

    def confirm_mint(
        self, request_id: str, amount_micro: int, xrpl_tx_hash: str, *, signer: ChainSigner, record: Recorder
    ) -> Receipt:
        """Record that an approved mint happened (confirmer)."""
        return self._act(
            "MintGuard",
            "confirmMint",
            word(request_id, "request id"),
            amount_micro,
            word(xrpl_tx_hash, "XRP Ledger transaction hash"),
            signer=signer,
            record=record,
        )

    def cancel_mint(
        self, request_id: str, *, evidence: str | None = None, signer: ChainSigner, record: Recorder
    ) -> Receipt:
        """Give a mint up (requester or approver while held, confirmer once approved).

        ``evidence`` is the hash of the validated transaction that consumed the ticket.
        """
        proof = word(evidence, "evidence") if evidence is not None else _NO_EVIDENCE
        key = word(request_id, "request id")
        return self._act("MintGuard", "cancelMint", key, proof, signer=signer, record=record)

    def record_burn(self, notice: BurnNotice, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Propose the record of a burn (burn recorder)."""
        return self._act(
            "MintGuard",
            "recordBurn",
            redemption_key(notice),
            asset_key(notice.asset),
            notice.amount_micro,
            word(notice.xrpl_tx_hash, "XRP Ledger transaction hash"),
            burn_reason(notice),
            signer=signer,
            record=record,
        )

    def attest_burn(self, notice: BurnNotice, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Attest the proposed record of this very burn, which then counts (burn attester)."""
        return self._act("MintGuard", "attestBurn", burn_record_id(notice), signer=signer, record=record)

    def whitelist(
        self,
        kyc_id: str,
        network_id: int,
        account: str,
        tier: str,
        expiry: int,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt:
        """Whitelist a customer with an account (compliance), or the bank itself as internal (admin)."""
        keys = (kyc_key(kyc_id), account_key(network_id, account))
        if tier == INTERNAL_TIER:
            return self._act(
                "ComplianceRegistry", "whitelistInternal", *keys, expiry, signer=signer, record=record
            )
        if tier not in CUSTOMER_TIERS:
            raise MalformedEvmValue(f"{tier[:40]!r} is no tier of a customer: {', '.join(CUSTOMER_TIERS)}")
        return self._act(
            "ComplianceRegistry",
            "whitelistCustomer",
            *keys,
            TIERS.index(tier),
            expiry,
            signer=signer,
            record=record,
        )

    def issue_membership(
        self,
        network_id: int,
        account: str,
        nftoken_id: str,
        tier: str,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt:
        """Record that an NFToken proves the membership of an account (membership issuer)."""
        key, token = account_key(network_id, account), word(nftoken_id, "NFTokenID")
        # A tier's number in the registry is its taxon on the XRP Ledger.
        return self._act(
            "MembershipRegistry", "issue", key, token, taxon_of(tier), signer=signer, record=record
        )

    def revoke_membership(
        self,
        network_id: int,
        account: str,
        nftoken_id: str,
        reason: str,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt:
        """End a membership, paused or not (membership issuer); the chain learns the reason's hash alone."""
        key, token = account_key(network_id, account), word(nftoken_id, "NFTokenID")
        return self._act(
            "MembershipRegistry",
            "revoke",
            key,
            token,
            revocation_reason(reason),
            signer=signer,
            record=record,
        )

    def sign_report(self, report: ReserveReport, *, signer: ChainSigner) -> bytes:
        """Return a reporter's 65-byte EIP-712 signature, after the registry agreed on what is signed.

        Raises
        ------
        ContractAnswerMalformed
            The registry computes another digest than this program.
        """
        nonce = self.next_report_nonce(report.asset)
        digest = report_digest(
            report,
            nonce=nonce,
            chain_id=self._session.chain_id,
            registry=self._addresses["ReserveRegistry"],
        )
        if self._ask("ReserveRegistry", "hashReport", report_fields(report, nonce=nonce)) != digest:
            raise ContractAnswerMalformed("ReserveRegistry computes another digest of the report")
        return sign_report_digest(digest, signer)

    def submit_attestation(
        self, report: ReserveReport, signatures: Sequence[bytes], *, signer: ChainSigner, record: Recorder
    ) -> Receipt:
        """Submit a report with its reporters' signatures (any reserve reporter)."""
        fields = report_fields(report, nonce=self.next_report_nonce(report.asset))
        return self._act(
            "ReserveRegistry", "submitAttestation", fields, list(signatures), signer=signer, record=record
        )

    def pause(self, reason: str, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Stop everything but the recording of facts (any guardian)."""
        return self._act("SystemGuard", "pause", reason, signer=signer, record=record)

    def unpause(self, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Agree to lift the pause in force (guardian); it is lifted when enough have agreed."""
        pause_id = self._ask("SystemGuard", "pauseState")["pauseId"]
        return self._act("SystemGuard", "unpause", pause_id, signer=signer, record=record)

    def resend(self, raw: bytes) -> Receipt:
        """Send recorded bytes again, exactly, and return their receipt at depth."""
        return self._sender.resend(raw)

    def close(self) -> None:
        """Close the connection to the node."""
        self._session.close()

    def _act(
        self, contract: str, function: str, *arguments: Any, signer: ChainSigner, record: Recorder
    ) -> Receipt:
        address = self._address(contract, self._session.final())
        content = codec(contract).encode(function, *arguments)
        return self._sender.send(address, content, signer=signer, record=record)
