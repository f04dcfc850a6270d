// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The cheatcodes of forge that these tests use. Their full list: https://getfoundry.sh/reference/cheatcodes
interface IVm {
    function addr(uint256 privateKey) external pure returns (address account);

    function assertEq(bool left, bool right, string calldata error) external pure;

    function assertEq(uint256 left, uint256 right, string calldata error) external pure;

    function assertEq(address left, address right, string calldata error) external pure;

    function assertEq(bytes32 left, bytes32 right, string calldata error) external pure;

    function assertEq(string calldata left, string calldata right) external pure;

    function assertGe(uint256 left, uint256 right, string calldata error) external pure;

    function assertLe(uint256 left, uint256 right, string calldata error) external pure;

    function assertGt(uint256 left, uint256 right, string calldata error) external pure;

    function assertNotEq(bytes32 left, bytes32 right, string calldata error) external pure;

    function assertTrue(bool condition, string calldata error) external pure;

    function chainId(uint256 newChainId) external;

    function clearMockedCalls() external;

    function deal(address account, uint256 balance) external;

    function etch(address target, bytes calldata code) external;

    /// @dev The next call must emit what is emitted after this, from there.
    function expectEmit(address emitter) external;

    function expectRevert(bytes calldata revertData) external;

    /// @dev `block.timestamp`, but read anew: the optimizer takes that for constant and moves it past `warp`.
    function getBlockTimestamp() external view returns (uint256 timestamp);

    function mockCallRevert(address callee, bytes calldata data, bytes calldata revertData) external;

    function prank(address sender) external;

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function toString(uint256 value) external pure returns (string memory);

    function warp(uint256 timestamp) external;
}

/// @dev The address at which forge answers cheatcodes.
IVm constant vm = IVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @notice Prints a line with the test's logs (`forge test -vv`).
function log(string memory line) view {
    // forge's console: hears a call and never fails.
    (bool heard, ) = 0x000000000000000000636F6e736F6c652e6c6f67.staticcall(
        abi.encodeWithSignature("log(string)", line)
    );
    heard;
}

/// @dev Maps any number onto `low` to `high`, both included.
function bound(uint256 value, uint256 low, uint256 high) pure returns (uint256) {
    if (value >= low && value <= high) return value;
    uint256 size = high - low + 1;
    return size == 0 ? value : low + (value % size);
}
