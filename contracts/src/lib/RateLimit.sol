// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A bucket that holds at most `burst` and refills by `ratePerSecond` (theorem 6)
/// @dev What leaves a bucket in any window of w seconds is at most burst + rate x w, because its level is never above
/// burst and rises by rate alone.
library RateLimit {
    /// @dev `level` is what was left at `updatedAt`. `epoch` counts the changes of the limits.
    struct Bucket {
        uint128 level;
        uint128 burst;
        uint128 ratePerSecond;
        uint64 updatedAt;
        uint64 epoch;
    }

    /// @dev What can be taken now.
    function available(Bucket storage self) internal view returns (uint256) {
        uint256 level = uint256(self.level) + uint256(self.ratePerSecond) * (block.timestamp - self.updatedAt);
        return level < self.burst ? level : self.burst;
    }

    /// @dev Takes `amount`, which the caller has compared with `available`.
    function take(Bucket storage self, uint128 amount) internal {
        _set(self, available(self) - amount);
    }

    /// @dev Gives back what was taken at `takenAt`, less what the bucket can have refilled since. Giving back all of
    /// it would let the same room be used twice: once by the refill and once by the refund. After a change of the
    /// limits the old rate is not known, and nothing is given back.
    function giveBack(Bucket storage self, uint128 amount, uint64 takenAt, uint64 epoch) internal {
        uint256 refilled = uint256(self.ratePerSecond) * (block.timestamp - takenAt);
        if (epoch != self.epoch || refilled >= amount) return;
        uint256 level = available(self) + (amount - refilled);
        _set(self, level < self.burst ? level : self.burst);
    }

    /// @dev Sets the limits. A new bucket starts full; a level above a lowered burst is cut, a raised burst is not
    /// filled up at once.
    function configure(Bucket storage self, uint128 burst, uint128 ratePerSecond) internal {
        uint256 level = self.epoch == 0 ? burst : available(self);
        self.burst = burst;
        self.ratePerSecond = ratePerSecond;
        self.epoch += 1;
        _set(self, level < burst ? level : burst);
    }

    function _set(Bucket storage self, uint256 level) private {
        // At most `burst`, which is a uint128.
        // forge-lint: disable-next-line(unsafe-typecast)
        self.level = uint128(level);
        self.updatedAt = uint64(block.timestamp);
    }
}
