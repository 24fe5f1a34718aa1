// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Ids and keys: theorems 9 and 10.
contract KeysTest is ControlPlane {
    /// @dev The example of docs/control-plane.md, computed with other libraries in another language.
    function test_theorems_9_and_10_known_answers() public view {
        bytes32 namespace_ = mints.xrplNamespace(21338);
        vm.assertEq(namespace_, 0x3c1c3196b66c47354d5ac4daca49eccd187428f2e387e994819bb30b59105ddf);
        bytes32 asset_ = mints.assetKey(
            namespace_, hex"b5f762798a53d543a014caf8b297cff8f2f937e8", hex"4654485553440000000000000000000000000000"
        );
        vm.assertEq(asset_, 0x3d7585d71bb91fc6049b5c9c73655fa3fbfd38e9bdd9538914a550b9acdbb4a3);
        bytes32 destination = mints.accountKey(namespace_, hex"4b4e9c06f24296074f7bc48f92a97916c6dc5ea9");
        vm.assertEq(destination, 0x6dda22c16bb6b53fcd55be1daf292756ecd1d04d3a61db788a21cc11f19f253d);
        vm.assertEq(
            mints.mintId(asset_, destination, 1_000_000e6, sha256("deposit-1")),
            0x47a09cdac51c7cafac6c3df6376dbc55346b8963d253d044dbd5852ecfd60cf8
        );
        bytes32 ones = hex"1111111111111111111111111111111111111111111111111111111111111111";
        vm.assertEq(
            mints.burnId(ones, asset_, 20_000e6, bytes32(uint256(ones) * 2), IMintGuard.BurnReason.Redemption),
            0xc5767de9f136c5d72ffaa241e6957883a17617af2cd2e1749a4e71ec3c16e80e
        );
    }

    function testFuzz_theorem9_the_mint_id_is_the_hash_of_what_is_documented(
        bytes32 asset_,
        bytes32 destination,
        uint256 amount,
        bytes32 bankReference
    ) public view {
        bytes memory preimage = bytes.concat(
            bytes("sovbank/mint/v1"), new bytes(17), asset_, destination, bytes32(amount), bankReference
        );
        vm.assertEq(preimage.length, 160);
        vm.assertEq(mints.mintId(asset_, destination, amount, bankReference), sha256(preimage));
    }

    function testFuzz_theorem3_the_burn_id_is_the_hash_of_what_is_documented(
        bytes32 redemptionId,
        bytes32 asset_,
        uint256 amount,
        bytes32 xrplTxHash,
        uint8 reason
    ) public view {
        reason = reason % 4;
        bytes memory preimage = bytes.concat(
            bytes("sovbank/burn/v1"),
            new bytes(17),
            redemptionId,
            asset_,
            bytes32(amount),
            xrplTxHash,
            bytes32(uint256(reason))
        );
        vm.assertEq(
            mints.burnId(redemptionId, asset_, amount, xrplTxHash, IMintGuard.BurnReason(reason)), sha256(preimage)
        );
    }

    function testFuzz_theorem9_every_part_of_a_request_is_in_its_id(
        bytes32[3] memory words,
        uint256 amount,
        uint8 part,
        uint256 change
    ) public view {
        vm.assume(change != 0);
        bytes32 id = mints.mintId(words[0], words[1], amount, words[2]);
        part = part % 4;
        if (part == 3) {
            amount ^= change;
        } else {
            words[part] = bytes32(uint256(words[part]) ^ change);
        }
        vm.assertTrue(mints.mintId(words[0], words[1], amount, words[2]) != id);
    }

    function testFuzz_theorem10_an_account_has_another_key_on_another_network(
        bytes20 account,
        uint32 network,
        uint32 other
    ) public view {
        vm.assume(network != other);
        bytes32 here = mints.xrplNamespace(network);
        bytes32 there = mints.xrplNamespace(other);
        vm.assertTrue(here != there);
        vm.assertTrue(mints.accountKey(here, account) != mints.accountKey(there, account));
        vm.assertTrue(mints.assetKey(here, account, account) != mints.assetKey(there, account, account));
        vm.assertTrue(mints.assetKey(here, account, account) != mints.accountKey(here, account));
    }

    function testFuzz_theorem10_keys_are_the_hashes_that_are_documented(
        uint32 network,
        bytes20 account,
        bytes20 currency
    ) public view {
        bytes memory word = bytes.concat(bytes("xrpl"), new bytes(28), bytes32(uint256(network)));
        bytes32 namespace_ = keccak256(word);
        vm.assertEq(mints.xrplNamespace(network), namespace_);
        vm.assertEq(mints.accountKey(namespace_, account), keccak256(bytes.concat(namespace_, account)));
        vm.assertEq(
            mints.assetKey(namespace_, account, currency), keccak256(bytes.concat(namespace_, account, currency))
        );
    }

    function testFuzz_theorem10_a_customer_of_one_ledger_is_a_stranger_on_another(uint32 network) public view {
        vm.assume(network != 21338);
        bytes20 account = bytes20(hex"44");
        vm.assertTrue(compliance.isWhitelisted(mints.accountKey(mints.xrplNamespace(21338), account)));
        vm.assertFalse(compliance.isWhitelisted(mints.accountKey(mints.xrplNamespace(network), account)));
    }
}
