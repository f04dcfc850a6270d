// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";

import {IERC8183} from "../interfaces/IERC8183.sol";
import {IERC8183Hook} from "../interfaces/IERC8183Hook.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {ISanctionsOracle} from "../interfaces/ISanctionsOracle.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {Job} from "../types/JobTypes.sol";

/// @title ScreeningHook
/// @notice An ERC-8183 hook that keeps parties under sanctions out of a job: before money or work goes in, and before
/// the provider is paid. Serves any escrow and any number of jobs; one immutable deployment per oracle, nobody owns it.
/// @dev It refuses `fund` and `submit` if client, provider or evaluator is named by the oracle, and `complete` and
/// `completePartially` if the provider or the evaluator is. It never refuses `reject`: the client's money can always
/// go back. An oracle that does not answer counts as naming everybody. Where silence pays the provider, an escrow
/// passes a hook over that refuses a verdict; do not combine the two if payment must be stopped.
contract ScreeningHook is IERC8183Hook {
    /// @dev Public oracles take about 5,000. Three questions fit several times into what a hook is given.
    uint256 private constant ORACLE_GAS = 50_000;

    /// @notice Who is asked.
    ISanctionsOracle public immutable ORACLE;

    /// @notice The oracle names the account, or did not answer.
    error ScreeningHook_Sanctioned(uint256 jobId, address account);
    /// @notice There is no code at the oracle's address, so that it could never answer.
    error ScreeningHook_InvalidOracle(address oracle);

    /// @notice The oracle is fixed here, for good.
    constructor(ISanctionsOracle oracle) {
        if (address(oracle).code.length == 0) revert ScreeningHook_InvalidOracle(address(oracle));
        ORACLE = oracle;
    }

    /// @inheritdoc IERC8183Hook
    function beforeAction(uint256 jobId, bytes4 selector, bytes calldata) external view {
        bool entering = selector == IERC8183.fund.selector || selector == IERC8183.submit.selector;
        bool paying = selector == IERC8183.complete.selector || selector == IJobEscrow.completePartially.selector;
        if (!entering && !paying) return;
        Job memory job = IERC8183(msg.sender).getJob(jobId);
        if (entering) _screen(jobId, job.client);
        _screen(jobId, job.provider);
        _screen(jobId, job.evaluator);
    }

    /// @inheritdoc IERC8183Hook
    /// @dev Everything was asked before.
    function afterAction(uint256, bytes4, bytes calldata) external pure {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC8183Hook).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    function _screen(uint256 jobId, address account) private view {
        (bool answered, uint256 sanctioned) = BoundedCall.tryRead(
            address(ORACLE),
            ORACLE_GAS,
            abi.encodeCall(ISanctionsOracle.isSanctioned, (account))
        );
        if (!answered || sanctioned != 0) revert ScreeningHook_Sanctioned(jobId, account);
    }
}
