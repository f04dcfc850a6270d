import { InvalidInputError } from "./InvalidInputError";

/** A chain that the market is deployed to, or is meant to be. */
export interface Network {
  /** As `--network` takes it, and as in hardhat.config.ts. */
  readonly name: string;
  readonly title: string;
  readonly chainId: bigint;
  /** Real money: tools ask twice. */
  readonly mainnet: boolean;
  /** Environment variable that replaces the endpoint below. */
  readonly rpcUrlVariable: string;
  /** The chain operator's own public endpoint, rate-limited; none if there is none to trust. */
  readonly rpcUrl?: string;
}

export const NETWORKS: readonly Network[] = [
  {
    name: "localhost",
    title: "Local chain",
    chainId: 31337n,
    mainnet: false,
    rpcUrlVariable: "LOCALHOST_RPC_URL",
    rpcUrl: "http://127.0.0.1:8545",
  },
  {
    name: "xlayer",
    title: "X Layer",
    chainId: 196n,
    mainnet: true,
    rpcUrlVariable: "XLAYER_RPC_URL",
    rpcUrl: "https://rpc.xlayer.tech",
  },
  {
    name: "xlayerTestnet",
    title: "X Layer Testnet",
    chainId: 1952n,
    mainnet: false,
    rpcUrlVariable: "XLAYER_TESTNET_RPC_URL",
    rpcUrl: "https://testrpc.xlayer.tech/terigon",
  },
  {
    name: "base",
    title: "Base",
    chainId: 8453n,
    mainnet: true,
    rpcUrlVariable: "BASE_RPC_URL",
    rpcUrl: "https://mainnet.base.org",
  },
  {
    name: "baseSepolia",
    title: "Base Sepolia",
    chainId: 84532n,
    mainnet: false,
    rpcUrlVariable: "BASE_SEPOLIA_RPC_URL",
    rpcUrl: "https://sepolia.base.org",
  },
  {
    name: "sepolia",
    title: "Ethereum Sepolia",
    chainId: 11155111n,
    mainnet: false,
    rpcUrlVariable: "SEPOLIA_RPC_URL",
  },
];

/** The network of that name. */
export function networkByName(name: string): Network {
  const network = NETWORKS.find((candidate) => candidate.name === name);
  if (network === undefined) {
    throw new InvalidInputError(
      `"${name}" is not a known network: take one of ${NETWORKS.map((known) => known.name).join(", ")}.`,
    );
  }
  return network;
}

/** The network with that chain id, if it is a known one. */
export function networkByChainId(chainId: bigint | number): Network | undefined {
  return NETWORKS.find((candidate) => candidate.chainId === BigInt(chainId));
}
