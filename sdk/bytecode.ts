import { AgentMarketForwarder__factory } from "../typechain-types/factories/contracts/AgentMarketForwarder__factory";
import { AgentRegistry__factory } from "../typechain-types/factories/contracts/AgentRegistry__factory";
import { HeaderRandomness__factory } from "../typechain-types/factories/contracts/evaluation/court/HeaderRandomness__factory";
import { OptimisticEvaluator__factory } from "../typechain-types/factories/contracts/evaluation/OptimisticEvaluator__factory";
import { SeatCourt__factory } from "../typechain-types/factories/contracts/evaluation/SeatCourt__factory";
import { JobEscrow__factory } from "../typechain-types/factories/contracts/JobEscrow__factory";
import { ReputationLedger__factory } from "../typechain-types/factories/contracts/ReputationLedger__factory";
import { AgentWalletFactory__factory } from "../typechain-types/factories/contracts/wallet/AgentWalletFactory__factory";

/*
 * The creation code that addresses are computed from. Only here, so that the package's build can leave it out of all
 * that does not compute addresses: a factory carries its contract's whole code.
 */
export const forwarderBytecode = () => AgentMarketForwarder__factory.bytecode;
export const registryBytecode = () => AgentRegistry__factory.bytecode;
export const ledgerBytecode = () => ReputationLedger__factory.bytecode;
export const escrowBytecode = () => JobEscrow__factory.bytecode;
export const walletFactoryBytecode = () => AgentWalletFactory__factory.bytecode;
export const randomnessBytecode = () => HeaderRandomness__factory.bytecode;
export const courtBytecode = () => SeatCourt__factory.bytecode;
export const evaluatorBytecode = () => OptimisticEvaluator__factory.bytecode;
