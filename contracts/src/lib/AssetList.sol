// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A short list of asset keys that can be added to and removed from
/// @dev The caller bounds its length and keeps a key from being added twice.
library AssetList {
    struct List {
        bytes32[] items;
    }

    function add(List storage self, bytes32 asset) internal {
        self.items.push(asset);
    }

    /// @dev Takes `asset` off the list; false when it is not on it. The order of the others may change.
    function remove(List storage self, bytes32 asset) internal returns (bool) {
        bytes32[] storage items = self.items;
        for (uint256 i = 0; i < items.length; ++i) {
            if (items[i] == asset) {
                items[i] = items[items.length - 1];
                items.pop();
                return true;
            }
        }
        return false;
    }
}
