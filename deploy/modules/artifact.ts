import type { Artifact } from "@nomicfoundation/ignition-core";
import type { InterfaceAbi } from "ethers";

/** What a TypeChain factory offers that Ignition needs. */
export interface ContractFactoryClass {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

/** Presents a committed TypeChain factory as the artifact that Ignition deploys. */
export function artifactOf(contractName: string, factory: ContractFactoryClass): Artifact {
  return {
    contractName,
    sourceName: "",
    abi: factory.abi as unknown as Artifact["abi"],
    bytecode: factory.bytecode,
    linkReferences: {},
  };
}
