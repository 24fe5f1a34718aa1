// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How accounts and assets of a ledger are named on this one (theorem 10)
/// @dev The preimages have different lengths (52, 64 and 72 bytes), so a key of one kind is never one of another.
library Keys {
    /// @dev The first word of a namespace's preimage.
    bytes32 private constant XRPL = "xrpl";

    /// @dev keccak256 over `"xrpl"` padded on the right to 32 bytes, and the network id as a 32-byte big-endian word.
    function xrplNamespace(uint32 networkId) internal pure returns (bytes32) {
        return keccak256(abi.encode(XRPL, uint256(networkId)));
    }

    /// @dev keccak256 over the namespace and the 20 bytes of the account id.
    function account(bytes32 namespace, bytes20 accountId) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(namespace, accountId));
    }

    /// @dev keccak256 over the namespace, the 20 bytes of the issuer's account id and the 20 bytes of the currency.
    function asset(bytes32 namespace, bytes20 issuer, bytes20 currency) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(namespace, issuer, currency));
    }
}
