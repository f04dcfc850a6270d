// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CampaignTest} from "../CampaignTest.sol";
import {ModelCampaign} from "../ModelCampaign.sol";
import {ActingSteps} from "./ActingSteps.sol";
import {ReserveSteps} from "./ReserveSteps.sol";
import {SpendingSteps} from "./SpendingSteps.sol";
import {WalletHandler} from "./WalletHandler.sol";

/// @notice The wallet's stateful campaign; see README.md one folder up.
contract WalletInvariants is CampaignTest {
    /// @dev One function, because each would be a campaign of its own.
    /// forge-config: default.invariant.runs = 96
    /// forge-config: default.invariant.depth = 150
    /// forge-config: deep.invariant.runs = 2000
    /// forge-config: deep.invariant.depth = 300
    function invariant_KeysSpendWithinTheirLimits() external view {
        _assertHolds();
    }

    function test_StepsReachEveryVerbAndRefusal() external {
        _walk("wallet", 6, 400);
    }

    function _newHandler() internal override returns (ModelCampaign) {
        return new WalletHandler();
    }

    /// @dev A step is drawn as often as it is named.
    function _steps() internal pure override returns (bytes4[] memory steps) {
        bytes4[34] memory all = [
            SpendingSteps.hire.selector,
            SpendingSteps.hire.selector,
            SpendingSteps.hire.selector,
            SpendingSteps.fund.selector,
            SpendingSteps.fund.selector,
            SpendingSteps.pay.selector,
            SpendingSteps.pay.selector,
            SpendingSteps.pay.selector,
            SpendingSteps.postBond.selector,
            SpendingSteps.postBond.selector,
            SpendingSteps.postBond.selector,
            ReserveSteps.reserve.selector,
            ReserveSteps.reserve.selector,
            ReserveSteps.reserveHire.selector,
            ReserveSteps.reserveHire.selector,
            ReserveSteps.useReserve.selector,
            ReserveSteps.useReserve.selector,
            ReserveSteps.release.selector,
            ReserveSteps.ask.selector,
            ActingSteps.createJob.selector,
            ActingSteps.act.selector,
            ActingSteps.call.selector,
            ActingSteps.hireTheWallet.selector,
            ActingSteps.settle.selector,
            ActingSteps.settle.selector,
            WalletHandler.grant.selector,
            WalletHandler.grant.selector,
            WalletHandler.revoke.selector,
            WalletHandler.freeze.selector,
            WalletHandler.freeze.selector,
            WalletHandler.changeMood.selector,
            WalletHandler.sellIdentity.selector,
            WalletHandler.intrude.selector,
            WalletHandler.passTime.selector
        ];
        steps = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) steps[i] = all[i];
    }

    function _names() internal pure override returns (string[] memory names) {
        string[99] memory all = [
            "hire",
            "fund",
            "pay",
            "coin paid",
            "hostile token paid",
            "dispute",
            "dispute before the real evaluator",
            "contest",
            "contest before the real evaluator",
            "appeal",
            "appeal before the real evaluator",
            "createJob",
            "setBudget",
            "price changed under the key",
            "act",
            "submit as the wallet",
            "call",
            "reserve",
            "reserve used",
            "reserve used in the last second",
            "reserve used twice refused",
            "reserve used late refused",
            "reserve of a dead grant refused",
            "released reserve refused",
            "reserveHire",
            "hired by a reserve",
            "reserve released",
            "reserve of a dead grant released",
            "released twice refused",
            "released early refused",
            "used reserve not released",
            "relayed",
            "co-signed",
            "above the threshold",
            "let in by its record",
            "intent cancelled",
            "frozen between signing and sending",
            "intent again",
            "refused: NotGranted",
            "refused: Expired",
            "refused: NotListed",
            "refused: CounterpartyNotAllowed",
            "refused: TokenNotAllowed",
            "refused: WindowCapExceeded",
            "refused: LifetimeCapExceeded",
            "refused: JobCapExceeded",
            "refused: AdmittedCapExceeded",
            "refused: CoSignatureRequired",
            "refused: Sanctioned",
            "refused: UnexpectedOutflow",
            "refused: NotTheClient",
            "refused: WrongFunding",
            "refused: DurationTooLong",
            "refused: TermsChanged",
            "refused: CallNotAllowed",
            "refused: WrongRecipient",
            "refused: IntentExpired",
            "refused: WrongEpoch",
            "refused: NonceUsed",
            "refused: InvalidSignature",
            "refused: WrongDomain",
            "refused: ReserveTooLong",
            "refused: AlreadyReserved",
            "refused by others",
            "a reserve accepted",
            "a reserve not accepted",
            "another form not accepted",
            "an offer accepted",
            "an offer not accepted",
            "a consent accepted",
            "a consent not accepted",
            "garbage not accepted",
            "wallet hired",
            "wallet's offer refused",
            "delivered",
            "delivered at once",
            "judged",
            "disputed",
            "contested",
            "escalated",
            "ruled",
            "finalised",
            "granted",
            "policy replaced",
            "granted an earlier policy",
            "grant while frozen refused",
            "window's length changed",
            "a further window",
            "revoke",
            "freeze",
            "freeze with a live reserve",
            "thaw",
            "sanctions changed",
            "mood changed",
            "identity sold",
            "record earned anew",
            "intruder refused",
            "time passed",
            "time passed to an edge"
        ];
        names = new string[](all.length);
        for (uint256 i = 0; i < all.length; ++i) names[i] = all[i];
    }
}
