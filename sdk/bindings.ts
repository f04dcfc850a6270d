/*
 * The generated bindings of the market's contracts, and of the standards' that it calls: all that any code but tests
 * takes from typechain-types at run time. Its own index would load the bindings of every contract that the tests use
 * too, which took a third of a command's start.
 */
export { IERC20Errors__factory } from "../typechain-types/factories/@openzeppelin/contracts/interfaces/draft-IERC6093.sol/IERC20Errors__factory";
export { IERC1271__factory } from "../typechain-types/factories/@openzeppelin/contracts/interfaces/IERC1271__factory";
export { ERC20Permit__factory } from "../typechain-types/factories/@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit__factory";
export { IERC20Metadata__factory } from "../typechain-types/factories/@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata__factory";
export { IERC20__factory } from "../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
export { AgentMarketForwarder__factory } from "../typechain-types/factories/contracts/AgentMarketForwarder__factory";
export { AgentRegistry__factory } from "../typechain-types/factories/contracts/AgentRegistry__factory";
export { HeaderRandomness__factory } from "../typechain-types/factories/contracts/evaluation/court/HeaderRandomness__factory";
export { OptimisticEvaluator__factory } from "../typechain-types/factories/contracts/evaluation/OptimisticEvaluator__factory";
export { SeatCourt__factory } from "../typechain-types/factories/contracts/evaluation/SeatCourt__factory";
export { JobEscrow__factory } from "../typechain-types/factories/contracts/JobEscrow__factory";
export { ReputationLedger__factory } from "../typechain-types/factories/contracts/ReputationLedger__factory";
export { AgentWallet__factory } from "../typechain-types/factories/contracts/wallet/AgentWallet__factory";
export { AgentWalletFactory__factory } from "../typechain-types/factories/contracts/wallet/AgentWalletFactory__factory";
