import { createHash } from "node:crypto";

import type { Node } from "./ast";
import { child, children, parts, rangeOf, typeOf } from "./ast";
import type { Change } from "./operators";
import { changesOf } from "./operators";

/** A change to one contract, with names that last as long as the code around it does. */
export interface Mutant extends Change {
  /** The same as long as the function and the changed expression stay the same, wherever they move to. */
  readonly id: string;
  /** What switches it on in a build that holds them all. */
  readonly number: number;
  readonly file: string;
  readonly line: number;
  readonly functionName: string;
  readonly original: string;
}

/** All mutants of the functions of one file, numbered from `firstNumber`. */
export function mutantsOf(
  file: string,
  source: string,
  ast: Node,
  declared: ReadonlyMap<number, Node>,
  firstNumber: number,
): Mutant[] {
  const bytes = Buffer.from(source);
  const text = (node: Node) => bytes.subarray(rangeOf(node).start, rangeOf(node).end).toString();
  const statement = (node: Node) => {
    const { start, end } = rangeOf(node);
    return { start, end: text(node).endsWith("}") ? end : bytes.indexOf(";", end) + 1 };
  };
  const found: Mutant[] = [];
  const seen = new Map<string, number>();

  const visit = (node: Node, parent: Node | undefined, functionName: string, expected: string): void => {
    for (const change of changesOf(node, { text, statement, parent, declared, expected })) {
      const original = bytes.subarray(change.start, change.end).toString();
      const key = [file, functionName, original, change.operator, change.text].join("\n");
      const occurrence = (seen.get(key) ?? 0) + 1;
      seen.set(key, occurrence);
      found.push({
        ...change,
        id: createHash("sha256").update(`${key}\n${occurrence}`).digest("hex").slice(0, 8),
        number: firstNumber + found.length,
        file,
        line: bytes.subarray(0, change.start).toString().split("\n").length,
        functionName,
        original,
      });
    }
    const returned = returnTypeOf(node, expected);
    for (const [index, below] of children(node).entries()) {
      visit(below, node, functionName, expectedBelow(node, below, index, returned));
    }
  };

  const functions = (node: Node): Node[] =>
    node.nodeType === "FunctionDefinition" ? [node] : children(node).flatMap(functions);
  for (const definition of functions(ast)) {
    const name = definition.kind === "constructor" ? "constructor" : (definition.name ?? "");
    const modifiers = parts(definition, "modifiers");
    const body = child(definition, "body");
    for (const piece of body === undefined ? [] : [...modifiers, body]) {
      visit(piece, definition, name, returnTypeOf(definition, ""));
    }
  }
  return found;
}

/** What a `return` inside must give, handed down through statements. */
function returnTypeOf(node: Node, above: string): string {
  if (node.nodeType !== "FunctionDefinition") return above;
  const parameters = parts(child(node, "returnParameters"), "parameters");
  return parameters.length === 1 ? typeOf(parameters[0]) : "";
}

/** The number type that a node's place asks for, `uint256` where it does not matter. */
function expectedBelow(node: Node, below: Node, index: number, above: string): string {
  switch (node.nodeType) {
    case "BinaryOperation": {
      const common = (node.commonType as { typeString?: string } | undefined)?.typeString ?? "";
      if (node.operator === "<<" || node.operator === ">>" || node.operator === "**") return "uint256";
      return common;
    }
    case "Assignment":
      return typeOf(child(node, "leftHandSide"));
    case "VariableDeclarationStatement": {
      const [declaration] = parts(node, "declarations");
      return typeOf(declaration);
    }
    case "Conditional":
      return below === child(node, "condition") ? "bool" : above;
    case "TupleExpression":
    case "Return":
    case "Block":
    case "UncheckedBlock":
    case "IfStatement":
    case "ForStatement":
    case "WhileStatement":
    case "ExpressionStatement":
      return above;
    case "FunctionCall":
      return below === child(node, "expression") ? "" : parameterType(node, index - 1);
    default:
      return "uint256";
  }
}

function parameterType(invocation: Node, index: number): string {
  if (invocation.kind === "typeConversion") return typeOf(invocation) === "address" ? "" : "uint256";
  const signature = /^function \(([^()]*)\)/.exec(typeOf(child(invocation, "expression")));
  return signature?.[1]?.split(",")[index] ?? "uint256";
}
