// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

import {AgentMarketForwarder} from "../../contracts/AgentMarketForwarder.sol";
import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {JobEscrow} from "../../contracts/JobEscrow.sol";
import {ReputationLedger} from "../../contracts/ReputationLedger.sol";
import {Permit2Double} from "../../contracts/mocks/Permit2Double.sol";
import {Acceptance, FundingMethod, Offer} from "../../contracts/types/JobTypes.sol";
import {vm} from "./Vm.sol";

/// @dev What every token double has beside ERC-20.
interface IMintable {
    function mint(address account, uint256 amount) external;
}

/// @dev What the doubles with signatures have.
interface ISignedToken {
    function nonces(address owner) external view returns (uint256);

    function DOMAIN_SEPARATOR() external view returns (bytes32);
}

/// @notice The market deployed, and the signatures that its users give. Type strings are written out here a second
/// time, so that a wrong one in a contract cannot agree with itself.
abstract contract Market {
    bytes32 private constant OFFER_TYPEHASH = keccak256(
        "Offer(address provider,uint256 providerAgentId,address client,uint256 clientAgentId,address evaluator,"
        "uint32 evaluationPeriod,uint16 evaluatorFeeBps,address token,uint256 amount,uint32 deliveryPeriod,"
        "uint64 validUntil,address hook,address referrer,uint16 referrerFeeBps,bool silencePaysProvider,"
        "uint32 capacity,bytes32 termsHash,bytes32 inReplyTo,uint256 salt)"
    );
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant PERMIT2_TYPEHASH = keccak256(
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,"
        "JobWitness witness)JobWitness(uint256 jobId)TokenPermissions(address token,uint256 amount)"
    );
    bytes32 private constant PERMISSIONS_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant WITNESS_TYPEHASH = keccak256("JobWitness(uint256 jobId)");

    address internal constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    AgentMarketForwarder internal forwarder;
    AgentRegistry internal registry;
    ReputationLedger internal ledger;
    JobEscrow internal escrow;

    bytes32 private _domain;

    function _deployMarket() internal {
        vm.etch(PERMIT2, address(new Permit2Double()).code);
        forwarder = new AgentMarketForwarder();
        registry = new AgentRegistry(address(forwarder));
        ledger = new ReputationLedger(address(forwarder), address(registry));
        escrow = new JobEscrow(address(forwarder), address(ledger), PERMIT2);
        _readDomain();
    }

    /// @dev What offers are signed for, as the escrow publishes it (ERC-5267).
    function _readDomain() internal {
        (, string memory name, string memory version, uint256 chainId, address verifier, , ) = IERC5267(address(escrow))
            .eip712Domain();
        _domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes(version)), chainId, verifier)
        );
    }

    /// @dev Gives an account money, and lets the escrow and Permit2 take it.
    function _endow(address token, address account, uint256 amount) internal {
        IMintable(token).mint(account, amount);
        _approve(token, account, address(escrow));
        _approve(token, account, PERMIT2);
    }

    /// @dev Calls without reading an answer: some tokens return nothing.
    function _approve(address token, address account, address spender) internal {
        vm.prank(account);
        (bool success, ) = token.call(abi.encodeCall(IERC20.approve, (spender, type(uint256).max)));
        require(success, "approve failed");
    }

    function _signOffer(uint256 key, Offer memory offer) internal view returns (bytes memory) {
        return _sign(key, _offerDigest(offer));
    }

    function _offerDigest(Offer memory offer) internal view returns (bytes32) {
        return _digest(_domain, keccak256(abi.encode(OFFER_TYPEHASH, offer)));
    }

    /// @dev `fundingData` for the acceptance's method, signed by the client where the method needs it.
    function _fundingData(
        uint256 key,
        Offer memory offer,
        Acceptance memory acceptance,
        uint256 jobId
    ) internal view returns (bytes memory) {
        uint256 never = type(uint256).max;
        if (acceptance.funding == FundingMethod.Permit) {
            uint256 nonce = ISignedToken(offer.token).nonces(acceptance.client);
            bytes32 permit = keccak256(
                abi.encode(PERMIT_TYPEHASH, acceptance.client, address(escrow), offer.amount, nonce, never)
            );
            return abi.encode(offer.amount, never, _sign(key, _digest(_tokenDomain(offer.token), permit)));
        }
        if (acceptance.funding == FundingMethod.Authorization) {
            bytes32 authorization = keccak256(
                abi.encode(RECEIVE_TYPEHASH, acceptance.client, address(escrow), offer.amount, 0, never, bytes32(jobId))
            );
            return abi.encode(0, never, _sign(key, _digest(_tokenDomain(offer.token), authorization)));
        }
        if (acceptance.funding == FundingMethod.Permit2) {
            // Unordered nonces: any that was not used serves, and the job's id was not.
            bytes32 transfer = keccak256(
                abi.encode(
                    PERMIT2_TYPEHASH,
                    keccak256(abi.encode(PERMISSIONS_TYPEHASH, offer.token, offer.amount)),
                    address(escrow),
                    jobId,
                    never,
                    keccak256(abi.encode(WITNESS_TYPEHASH, jobId))
                )
            );
            return abi.encode(jobId, never, _sign(key, _digest(_tokenDomain(PERMIT2), transfer)));
        }
        return "";
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _tokenDomain(address token) private view returns (bytes32) {
        return ISignedToken(token).DOMAIN_SEPARATOR();
    }

    function _digest(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }
}
