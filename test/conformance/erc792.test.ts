import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Interface, ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { AppealableArbitrator__factory } from "../../typechain-types";
import type { Courtroom } from "../fixtures/evaluation";
import {
  BOND,
  EXTRA_DATA,
  FEE,
  META_EVIDENCE,
  PHASE,
  at,
  contested,
  courtroom,
  credits,
  deadlineOf,
  phaseOf,
} from "../fixtures/evaluation";
import { PRICE } from "../fixtures/jobs";

/** The standards' texts, as clients of theirs hold them. */
const ERC792 = new Interface([
  "event Ruling(address indexed _arbitrator, uint256 indexed _disputeID, uint256 _ruling)",
  "function rule(uint256 _disputeID, uint256 _ruling)",
]);
const ERC792_ARBITRATOR = new Interface([
  "function createDispute(uint256 _choices, bytes _extraData) payable returns (uint256 disputeID)",
  "function arbitrationCost(bytes _extraData) view returns (uint256 cost)",
  "event DisputeCreation(uint256 indexed _disputeID, address indexed _arbitrable)",
]);
const ERC1497 = new Interface([
  "event MetaEvidence(uint256 indexed _metaEvidenceID, string _evidence)",
  "event Evidence(address indexed _arbitrator, uint256 indexed _evidenceGroupID, address indexed _party, string _evidence)",
  "event Dispute(address indexed _arbitrator, uint256 indexed _disputeID, uint256 _metaEvidenceID, uint256 _evidenceGroupID)",
]);

function signatures(contract: Interface): string[] {
  return contract.fragments.map((fragment) => fragment.format("minimal"));
}

/** A courtroom whose cases go to a court that was written from ERC-792 alone, in the shape of Kleros v1. */
async function appealableCourtroom() {
  const court = await courtroom({
    native: true,
    deployArbitrator: async () => (await ethers.deployContract("AppealableArbitrator", [FEE])).getAddress(),
  });
  const appealable = AppealableArbitrator__factory.connect(await court.judge.ARBITRATOR(), court.stranger);
  return { ...court, appealable };
}

/** A contested job, put before that court. */
async function escalatedThere(court: Courtroom, salt: bigint) {
  const jobId = await contested(court, { offer: { salt } });
  await court.judge.connect(court.provider).escalate(jobId);
  return jobId;
}

describe("ERC-792 and ERC-1497", () => {
  it("are spoken to the letter", async () => {
    const { judge, arbitrator } = await courtroom();
    expect(signatures(judge.interface)).to.include.members([...signatures(ERC792), ...signatures(ERC1497)]);
    expect(signatures(arbitrator.interface)).to.include.members(signatures(ERC792_ARBITRATOR));
  });

  it("are spoken to a court that knows nothing of ours, through an appeal that turns the ruling", async () => {
    const court = await appealableCourtroom();
    const { judge, appealable, stable, client, provider } = court;
    const address = await appealable.getAddress();
    await expect(judge.deploymentTransaction()).to.emit(judge, "MetaEvidence").withArgs(0n, META_EVIDENCE);
    const jobId = await contested(court);
    const escalation = judge.connect(provider).escalate(jobId);
    await expect(escalation)
      .to.emit(appealable, "DisputeCreation")
      .withArgs(0n, await judge.getAddress());
    await expect(escalation).to.emit(judge, "Dispute").withArgs(address, 0n, 0n, jobId);
    await expect(escalation).to.changeEtherBalances([judge, appealable], [-FEE, FEE]);
    expect(await judge.jobOf(0n)).to.equal(jobId);
    const { choices, extraData } = await appealable.cases(0n);
    expect([choices, extraData]).to.deep.equal([5n, EXTRA_DATA]);

    await expect(judge.connect(client).submitEvidence(jobId, "ipfs://file", ethers.id("the file")))
      .to.emit(judge, "Evidence")
      .withArgs(address, jobId, client.address, "ipfs://file");
    await appealable.giveRuling(0n, 5n);
    await appealable.connect(client).appeal(0n, "0x", { value: 2n * FEE });
    await appealable.giveRuling(0n, 1n);
    expect(await appealable.currentRuling(0n)).to.equal(1n);
    await expect(appealable.executeRuling(0n)).to.be.revertedWith("The ruling is not final.");
    expect(await phaseOf(court, jobId)).to.equal(PHASE.Escalated);
    await time.increase(await appealable.APPEAL_PERIOD());
    await expect(appealable.executeRuling(0n)).to.emit(judge, "Ruling").withArgs(address, 0n, 1n);
    await expect(judge.finalise(jobId)).to.changeTokenBalance(stable, client, PRICE);
    expect(await credits(court)).to.deep.equal({ client: BOND + (BOND - FEE) / 2n, provider: (BOND - FEE) / 2n });
    await expect(judge.deliver(provider)).to.changeEtherBalance(provider, (BOND - FEE) / 2n);
  });

  it("keep its cases apart", async () => {
    const court = await appealableCourtroom();
    const { judge, appealable } = court;
    const jobs = [await escalatedThere(court, 1n), await escalatedThere(court, 2n)];
    expect([await judge.jobOf(0n), await judge.jobOf(1n)]).to.deep.equal(jobs);
    await appealable.giveRuling(1n, 4n);
    await time.increase(await appealable.APPEAL_PERIOD());
    await appealable.executeRuling(1n);
    expect([await phaseOf(court, jobs[0]!), await phaseOf(court, jobs[1]!)]).to.deep.equal([
      PHASE.Escalated,
      PHASE.Ruled,
    ]);
  });

  it("do not stop that court when its ruling comes too late", async () => {
    const court = await appealableCourtroom();
    const { judge, appealable, stable, client, provider } = court;
    const jobId = await escalatedThere(court, 1n);
    await appealable.giveRuling(0n, 5n);
    await at(await deadlineOf(court, jobId));
    await expect(appealable.executeRuling(0n)).not.to.emit(judge, "Ruled");
    expect(await appealable.disputeStatus(0n)).to.equal(2n); // solved
    await expect(judge.finalise(jobId)).to.changeTokenBalances(stable, [client, provider], [PRICE / 2n, PRICE / 2n]);
    expect(await judge.BOND_TOKEN()).to.equal(ZeroAddress);
  });
});
