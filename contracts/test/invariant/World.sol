// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IMembershipRegistry} from "../../src/interfaces/IMembershipRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";
import {Books} from "./Books.sol";

/// @dev All five contracts with everybody at work at once, two assets, and people who change their roles, above all to
/// act twice on what they have already acted on. Every step hands its events, and nothing else, to the books.
contract World is ControlPlane {
    Books internal _books;
    bytes32[] internal _mintIds;
    bytes32[] internal _burnIds;
    bytes32[] internal _members;
    uint256 internal _salt;
    /// @dev Who stays an admin throughout, so that somebody can always give a role to somebody.
    address internal constant CHAIR = address(0xC4A1);

    /// @dev Little enough for the rate to matter in a history of this length.
    uint128 internal constant SMALL_BURST = 2_000_000e6;

    modifier told() {
        vm.recordLogs();
        _;
        _books.take(vm.getRecordedLogs());
    }

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        _attest(otherAsset, RESERVES / 4, 0);
        vm.startPrank(ADMIN);
        guard.grantRole(Roles.ADMIN, CHAIR);
        mints.setLimits(IMintGuard.AssetLimits(asset, CAP, SMALL_BURST, RATE));
        mints.setLimits(IMintGuard.AssetLimits(otherAsset, CAP, SMALL_BURST, RATE));
        vm.stopPrank();
        _books = new Books();
        _books.take(vm.getRecordedLogs());
    }

    function books() external view returns (Books) {
        return _books;
    }

    function contracts()
        external
        view
        returns (ISystemGuard, IComplianceRegistry, IReserveRegistry, IMintGuard, IMembershipRegistry)
    {
        return (guard, compliance, reserves, mints, members);
    }

    function names()
        external
        view
        returns (bytes32[2] memory assets_, bytes32[8] memory accounts, bytes32[4] memory kyc)
    {
        assets_ = [asset, otherAsset];
        for (uint256 i = 0; i < 8; ++i) {
            accounts[i] = _account(i);
        }
        for (uint256 i = 0; i < 4; ++i) {
            kyc[i] = _kyc(i);
        }
    }

    function ids() external view returns (bytes32[] memory, bytes32[] memory) {
        return (_mintIds, _burnIds);
    }

    function people() public view returns (address[15] memory) {
        return [
            ADMIN,
            REQUESTER,
            APPROVER,
            CONFIRMER,
            BURN_RECORDER,
            BURN_ATTESTER,
            COMPLIANCE,
            MEMBERSHIP,
            STRANGER,
            guardians[0],
            guardians[1],
            guardians[2],
            address(0x9001),
            address(0x9002),
            DEPLOYER
        ];
    }

    // Steps of the desk.

    function request(uint256 amount, uint256 lifetime, uint256 seed) external told {
        amount = _bound(amount, 1, 1_500_000e6);
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 0, 2 days));
        bytes32 which = seed % 4 == 0 ? otherAsset : asset;
        bytes32 reference_ = seed % 8 == 1 ? bytes32(_salt) : bytes32(++_salt);
        bytes32 to = (seed >> 8) % 2 == 0 ? treasury : _account(seed >> 16);
        (bool done, bytes memory answer) = _do(
            Roles.REQUESTER,
            seed,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (which, to, amount, reference_, expiry))
        );
        if (done) _mintIds.push(abi.decode(answer, (bytes32)));
    }

    function approve(uint256 seed) external told {
        _do(Roles.APPROVER, seed, address(mints), abi.encodeCall(IMintGuard.approveMint, (_pick(_mintIds, seed))));
    }

    function extend(uint256 seed, uint256 lifetime) external told {
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 1, 20 days));
        bytes32 id = _pick(_mintIds, seed);
        _do(Roles.APPROVER, seed, address(mints), abi.encodeCall(IMintGuard.extendMint, (id, expiry)));
    }

    function confirm(uint256 seed, uint256 hashSeed) external told {
        bytes32 id = _pick(_mintIds, seed);
        uint256 amount = mints.requestOf(id).amount + (hashSeed % 16 == 0 ? 1 : 0);
        _do(
            Roles.CONFIRMER,
            seed,
            address(mints),
            abi.encodeCall(IMintGuard.confirmMint, (id, amount, _hash(hashSeed >> 4)))
        );
    }

    function cancel(uint256 seed) external told {
        bytes32 role = [Roles.REQUESTER, Roles.APPROVER, Roles.CONFIRMER][(seed >> 4) % 3];
        _do(role, seed, address(mints), abi.encodeCall(IMintGuard.cancelMint, (_pick(_mintIds, seed), 0)));
    }

    function recordBurn(uint256 amount, uint256 hashSeed, uint256 seed) external told {
        IMintGuard.BurnReason reason = IMintGuard.BurnReason((seed >> 3) % 4);
        bytes32 redemption = reason == IMintGuard.BurnReason.Redemption ? bytes32(1 + (hashSeed % 20)) : bytes32(0);
        bytes32 which = seed % 4 == 0 ? otherAsset : asset;
        (bool done, bytes memory answer) = _do(
            Roles.BURN_RECORDER,
            seed,
            address(mints),
            abi.encodeCall(
                IMintGuard.recordBurn, (redemption, which, _bound(amount, 1, 1_000_000e6), _hash(hashSeed), reason)
            )
        );
        if (done) _burnIds.push(abi.decode(answer, (bytes32)));
    }

    function attestBurn(uint256 seed) external told {
        bytes32 id = _pick(_burnIds, seed);
        _do(Roles.BURN_ATTESTER, seed, address(mints), abi.encodeCall(IMintGuard.attestBurn, (id)));
    }

    function withdrawBurn(uint256 seed) external told {
        bytes32 id = _pick(_burnIds, seed);
        _do(Roles.BURN_RECORDER, seed, address(mints), abi.encodeCall(IMintGuard.withdrawBurn, (id)));
    }

    // Steps of finance and of the admin.

    function attest(uint256 total, uint256 encumbered, uint256 seed) external told {
        IReserveRegistry.ReserveReport memory report = _report(
            seed % 4 == 0 ? otherAsset : asset,
            _bound(total, RESERVES / 8, 2 * RESERVES),
            _bound(encumbered, 0, RESERVES / 4)
        );
        if (seed % 3 == 0) report.asOf -= uint64((seed >> 8) % 1.2 days);
        bytes[] memory signatures = _sign(report, 2);
        _do(
            Roles.RESERVE_REPORTER,
            seed,
            address(reserves),
            abi.encodeCall(IReserveRegistry.submitAttestation, (report, signatures))
        );
    }

    function relist(uint256 seed) external told {
        if (seed % 4 != 0) return;
        bytes32 which = (seed >> 8) % 2 == 0 ? asset : otherAsset;
        _do(Roles.ADMIN, seed, address(reserves), abi.encodeCall(IReserveRegistry.delistReserveAsset, (which)));
        _do(Roles.ADMIN, seed, address(reserves), abi.encodeCall(IReserveRegistry.setMaxAge, (which, MAX_AGE)));
    }

    function setCap(uint256 cap, uint256 seed) external told {
        IMintGuard.AssetLimits memory limits_ = IMintGuard.AssetLimits(
            seed % 4 == 0 ? otherAsset : asset, uint128(_bound(cap, CAP / 8, 2 * CAP)), SMALL_BURST, RATE
        );
        _do(Roles.ADMIN, seed, address(mints), abi.encodeCall(IMintGuard.setLimits, (limits_)));
    }

    // Steps of guardians.

    /// @dev Seldom, or nothing else would happen.
    function pause(uint256 seed) external told {
        if (seed % 4 == 0) {
            _do(Roles.GUARDIAN, seed >> 2, address(guard), abi.encodeCall(ISystemGuard.pause, ("drill")));
        }
    }

    function unpause(uint256 seed) external told {
        bytes memory call = abi.encodeCall(ISystemGuard.unpause, (guard.pauseState().pauseId));
        _do(Roles.GUARDIAN, seed, address(guard), call);
        if (seed % 2 == 0) _do(Roles.GUARDIAN, seed + 1, address(guard), call);
    }

    // Steps of compliance and customer service.

    function admit(uint256 seed, uint256 lifetime) external told {
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 0, 30 days));
        uint256 wish = (seed >> 24) % 8;
        IComplianceRegistry.RiskTier tier = IComplianceRegistry.RiskTier(wish < 6 ? wish : 1);
        bytes32 kyc = _kyc(seed >> 8);
        bytes32 account = _account(seed >> 16);
        bytes memory call = abi.encodeCall(IComplianceRegistry.whitelistCustomer, (kyc, account, tier, expiry));
        if (seed % 3 == 1) call = abi.encodeCall(IComplianceRegistry.addAccount, (kyc, account));
        if (seed % 3 == 2) call = abi.encodeCall(IComplianceRegistry.renew, (kyc, tier, expiry));
        _do(Roles.COMPLIANCE, seed, address(compliance), call);
    }

    function exclude(uint256 seed) external told {
        bytes32 account = _account(seed >> 16);
        (bytes32 kyc,) = compliance.customerOfAccount(account);
        bytes memory call = abi.encodeCall(IComplianceRegistry.removeAccount, (kyc, account));
        // The bank itself seldom, or nothing else would happen.
        bool isBlocked = seed % 4 == 0 && (kyc != "bank" || (seed >> 8) % 8 == 0);
        if (isBlocked) call = abi.encodeCall(IComplianceRegistry.blockCustomer, (kyc, "case"));
        _do(Roles.COMPLIANCE, seed, address(compliance), call);
    }

    function askUnblock(uint256 seed) external told {
        IComplianceRegistry.RiskTier tier = compliance.customerOf(_kyc(seed >> 8)).isInternal
            ? IComplianceRegistry.RiskTier.Internal
            : IComplianceRegistry.RiskTier.Low;
        bytes memory call = abi.encodeCall(
            IComplianceRegistry.requestUnblock, (_kyc(seed >> 8), tier, uint64(block.timestamp + 20 days), "cleared")
        );
        if (seed % 4 == 0) call = abi.encodeCall(IComplianceRegistry.cancelUnblock, (_waiting(seed >> 8)));
        _do(Roles.COMPLIANCE, seed, address(compliance), call);
    }

    function unblock(uint256 seed) external told {
        bytes32 kyc = _waiting(seed >> 8);
        IComplianceRegistry.UnblockRequest memory asked = compliance.unblockRequestOf(kyc);
        // Now and then at the very second, or one too early.
        if ((seed >> 4) % 4 == 0 && asked.executableFrom > block.timestamp) {
            vm.warp(asked.executableFrom - ((seed >> 6) % 4 == 0 ? 1 : 0));
        }
        // Now and then he who asked has become an admin.
        bool himself = seed % 4 == 0 && asked.requester != address(0);
        if (himself) _turn(asked.requester, Roles.ADMIN);
        address actor = himself ? asked.requester : CHAIR;
        vm.prank(actor);
        (bool done,) = address(compliance)
            .call(abi.encodeCall(IComplianceRegistry.executeUnblock, (kyc, asked.tier, asked.expiry)));
        done;
    }

    function member(uint256 seed) external told {
        bytes32 account = _account(seed >> 24);
        bytes32 nftoken = bytes32(1 + ((seed >> 8) % 200));
        bytes memory call =
            abi.encodeCall(IMembershipRegistry.issue, (account, nftoken, IMembershipRegistry.MembershipTier.Basic));
        if (seed % 3 == 0) {
            account = _pick(_members, seed >> 2);
            nftoken = members.membershipOf(account).nftokenId;
            call = abi.encodeCall(IMembershipRegistry.revoke, (account, nftoken, 0));
        }
        (bool done,) = _do(Roles.MEMBERSHIP, seed, address(members), call);
        if (done) _members.push(account);
    }

    // Steps of time and of people who change their roles.

    function wait(uint256 time) external {
        vm.warp(block.timestamp + (time % 8 == 0 ? time % 4 days : time % 4 hours));
    }

    /// @dev Somebody who acted on a recent mint or burn gets the role that would act next, or anybody any role.
    function turn(uint256 seed) external told {
        address who = people()[(seed >> 8) % 15];
        bytes32 role = guard.roles()[(seed >> 16) % 10];
        if (seed % 4 == 0) {
            IMintGuard.MintRequest memory mint = mints.requestOf(_pick(_mintIds, seed >> 2));
            bool held = mint.state == IMintGuard.MintState.Held;
            who = held || seed % 8 == 0 ? mint.requester : mint.approver;
            role = held ? Roles.APPROVER : Roles.CONFIRMER;
        } else if (seed % 4 == 1) {
            who = mints.burnOf(_pick(_burnIds, seed >> 2)).proposer;
            role = Roles.BURN_ATTESTER;
        }
        _turn(who, role);
    }

    /// @dev A guardian leaves and comes back, perhaps after he agreed to lift a pause.
    function blink(uint256 seed) external told {
        address who = _holder(Roles.GUARDIAN, seed);
        _turn(who, Roles.GUARDIAN);
    }

    function renounce(uint256 seed) external told {
        if (seed % 4 != 0) return;
        address who = people()[(seed >> 8) % 15];
        bytes32 held = guard.roleOf(who);
        vm.prank(who);
        (bool done,) = address(guard).call(abi.encodeCall(ISystemGuard.renounceRole, ()));
        if (done) _replace(held);
    }

    function _turn(address who, bytes32 role) private {
        bytes32 held = guard.roleOf(who);
        vm.startPrank(CHAIR);
        if (held != 0) guard.revokeRole(held, who);
        (bool done,) = address(guard).call(abi.encodeCall(ISystemGuard.grantRole, (role, who)));
        if (!done && held != 0) guard.grantRole(held, who);
        vm.stopPrank();
        if (held != 0) _replace(held);
    }

    /// @dev Somebody new where a role has too few people to do their work.
    function _replace(bytes32 role) private {
        uint256 least = role == Roles.GUARDIAN ? 3 : 1;
        if (guard.holdersOf(role).length >= least) return;
        vm.prank(CHAIR);
        guard.grantRole(role, address(uint160(0x5000 + ++_salt)));
    }

    /// @dev Calls as one of the holders of `role`; now and then as somebody else.
    function _do(bytes32 role, uint256 seed, address target, bytes memory call)
        private
        returns (bool done, bytes memory answer)
    {
        address actor = seed % 16 == 15 ? people()[(seed >> 4) % 15] : _holder(role, seed);
        vm.prank(actor);
        (done, answer) = target.call(call);
    }

    function _holder(bytes32 role, uint256 seed) private view returns (address) {
        address[] memory holders = guard.holdersOf(role);
        // The youngest first: it is he who held another role before.
        if (holders.length == 0) return STRANGER;
        return seed % 2 == 0 ? holders[holders.length - 1] : holders[(seed >> 4) % holders.length];
    }

    function _account(uint256 seed) private view returns (bytes32) {
        return seed % 8 == 0 ? treasury : seed % 8 == 1 ? customer : keccak256(abi.encode("account", seed % 8));
    }

    function _kyc(uint256 seed) private pure returns (bytes32) {
        return seed % 4 == 0 ? bytes32("bank") : seed % 4 == 1 ? bytes32("kyc-1") : bytes32(seed % 4);
    }

    /// @dev A customer whose unblock waits, if there is one.
    function _waiting(uint256 seed) private view returns (bytes32 kyc) {
        for (uint256 i = 0; i < 4; ++i) {
            kyc = _kyc(seed + i);
            if (compliance.unblockRequestOf(kyc).executableFrom != 0) return kyc;
        }
    }

    function _hash(uint256 seed) private pure returns (bytes32) {
        return keccak256(abi.encode("xrpl", seed % 200));
    }

    /// @dev Any entry, the last ones more often.
    function _pick(bytes32[] storage list, uint256 seed) private view returns (bytes32) {
        uint256 length = list.length;
        if (length == 0) return 0;
        if (seed % 3 == 0 || length < 6) return list[(seed >> 2) % length];
        return list[length - 1 - ((seed >> 2) % 6)];
    }
}
