import type { Node } from "./ast";
import { child, part, parts, rangeOf, typeOf, zeroOf } from "./ast";

/** One change to the source: what stands at [start, end) gives way to `text`. */
export interface Change {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** How a build that holds all changes at once switches this one on: see schema.ts. */
  readonly form: "expression" | "statement" | "guard" | "yul";
  /** What a number must be converted to, since a choice between literals has a type of its own. */
  readonly cast?: string;
}

/** What an operator may look at besides the node. */
export interface Context {
  readonly text: (node: Node) => string;
  /** Where a statement stands, with the semicolon that the compiler leaves out. */
  readonly statement: (node: Node) => { start: number; end: number };
  readonly parent: Node | undefined;
  /** Declarations by id. */
  readonly declared: ReadonlyMap<number, Node>;
  /** The type that the surroundings expect of a number. */
  readonly expected: string;
}

const SWAPS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<="],
  "<=": ["<"],
  ">": [">="],
  ">=": [">"],
  "==": ["!="],
  "!=": ["=="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&": ["|"],
  "|": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
  "&&": ["||"],
  "||": ["&&"],
  "+=": ["-="],
  "-=": ["+="],
  "|=": ["&=", "="],
  "++": ["--"],
  "--": ["++"],
};

/** All changes that begin at this very node. */
export function changesOf(node: Node, context: Context): Change[] {
  const { text } = context;
  switch (node.nodeType) {
    case "BinaryOperation":
      return binary(node, context);
    case "Assignment":
      return operatorSwaps(node, text(part(node, "leftHandSide")), text(part(node, "rightHandSide")));
    case "UnaryOperation":
      return unary(node, context);
    case "Literal":
      return literal(node, context);
    case "Identifier":
      return constant(node, context);
    case "MemberAccess":
      return enumMember(node, context);
    case "IfStatement":
      return condition(node, !isRevert(child(node, "trueBody")));
    case "Conditional":
      return condition(node, true);
    case "FunctionCall":
      return call(node, context);
    case "ExpressionStatement":
      // A storage pointer must be set before it is used.
      if (typeOf(child(child(node, "expression"), "leftHandSide")).endsWith("storage pointer")) return [];
      return deletion(node, context);
    case "EmitStatement":
    case "TryStatement":
      return deletion(node, context);
    case "RevertStatement":
      return statementSwaps(node, part(node, "errorCall"), context);
    case "Return":
      return valueToZero("return zero", child(node, "expression"));
    case "VariableDeclarationStatement":
      return valueToZero("zero variable", child(node, "initialValue"));
    case "ModifierInvocation":
      return child(node, "modifierName")?.name === "nonReentrant"
        ? [{ operator: "drop nonReentrant", ...rangeOf(node), text: "", form: "guard" }]
        : [];
    case "YulLiteral":
      return node.kind === "number"
        ? [{ operator: "number + 1", ...rangeOf(node), text: `add(${text(node)}, 1)`, form: "yul" }]
        : [];
    default:
      return [];
  }
}

function deletion(node: Node, context: Context): Change[] {
  return [{ operator: "delete statement", ...context.statement(node), text: "", form: "statement" }];
}

function expression(operator: string, node: Node, text: string, cast?: string): Change {
  return { operator, ...rangeOf(node), text, form: "expression", ...(cast === undefined ? {} : { cast }) };
}

function operatorSwaps(node: Node, left: string, right: string): Change[] {
  const operator = String(node.operator);
  return (SWAPS[operator] ?? []).map((other) =>
    expression(`${operator} to ${other}`, node, `${left} ${other} ${right}`),
  );
}

function binary(node: Node, { text }: Context): Change[] {
  const left = text(part(node, "leftExpression"));
  const right = text(part(node, "rightExpression"));
  const operator = String(node.operator);
  const operands =
    operator === "&&" || operator === "||"
      ? [left, right].map((operand) => expression(`only one side of ${operator}`, node, operand))
      : [];
  return [...operatorSwaps(node, left, right), ...operands];
}

function unary(node: Node, { text }: Context): Change[] {
  const operator = String(node.operator);
  const operand = text(part(node, "subExpression"));
  if (operator === "delete") return [];
  if (operator === "!" || operator === "~") return [expression(`drop ${operator}`, node, operand)];
  if (operator === "-") return [expression("drop -", node, operand)];
  return (SWAPS[operator] ?? []).map((other) =>
    expression(`${operator} to ${other}`, node, node.prefix === true ? `${other}${operand}` : `${operand}${other}`),
  );
}

function literal(node: Node, { text, expected }: Context): Change[] {
  if (node.kind === "bool") return [expression("swap true and false", node, text(node) === "true" ? "false" : "true")];
  if (node.kind !== "number" || !typeOf(node).startsWith("int_const") || !/^u?int\d*$/.test(expected)) return [];
  const up = expression("number + 1", node, `${text(node)} + 1`, expected);
  return text(node) === "0" ? [up] : [up, expression("number - 1", node, `${text(node)} - 1`, expected)];
}

function constant(node: Node, { declared, text }: Context): Change[] {
  const declaration = declared.get(Number(node.referencedDeclaration));
  if (declaration?.mutability !== "constant" || !/^u?int\d+$/.test(typeOf(node))) return [];
  return [expression("constant + 1", node, `${text(node)} + 1`)];
}

function enumMember(node: Node, { declared, text }: Context): Change[] {
  const owner = child(node, "expression");
  const definition = declared.get(Number(owner?.referencedDeclaration));
  if (owner === undefined || definition?.nodeType !== "EnumDefinition") return [];
  const names = parts(definition, "members").map(({ name }) => name);
  const next = names[(names.indexOf(String(node.memberName)) + 1) % names.length] ?? "";
  return [expression("next enum member", node, `${text(owner)}.${next}`)];
}

/** A guard that always fires is seen by every test, so that a guard is only ever switched off. */
function condition(node: Node, alsoTrue: boolean): Change[] {
  const tested = part(node, "condition");
  const never = expression("condition to false", tested, "false");
  return alsoTrue ? [never, expression("condition to true", tested, "true")] : [never];
}

function isRevert(body: Node | undefined): boolean {
  if (body?.nodeType === "RevertStatement") return true;
  const statements = parts(body, "statements");
  return statements.length === 1 && statements[0]?.nodeType === "RevertStatement";
}

function call(node: Node, context: Context): Change[] {
  if (node.kind === "structConstructorCall") {
    return parts(node, "arguments").flatMap((value) => valueToZero("zero member", value));
  }
  if (node.kind !== "functionCall" || typeOf(node) === "tuple()") {
    return context.parent?.nodeType === "EmitStatement" || context.parent?.nodeType === "ExpressionStatement"
      ? statementSwaps(context.parent, node, context)
      : [];
  }
  if (typeOf(node) === "error") return [];
  return swappedArguments(node, context).map((swapped) => expression("swap arguments", node, swapped));
}

function statementSwaps(statement: Node, invocation: Node, context: Context): Change[] {
  const keyword = { EmitStatement: "emit ", RevertStatement: "revert " }[statement.nodeType] ?? "";
  return swappedArguments(invocation, context).map((swapped) => ({
    operator: "swap arguments",
    ...context.statement(statement),
    text: `${keyword}${swapped};`,
    form: "statement" as const,
  }));
}

/** The call with two neighbouring arguments of the same type exchanged. */
function swappedArguments(invocation: Node, { text }: Context): string[] {
  const values = parts(invocation, "arguments");
  const named = (invocation.names as string[] | undefined) ?? [];
  if (named.length > 0) return [];
  const found: string[] = [];
  for (let i = 0; i + 1 < values.length; i++) {
    const [a, b] = [values[i], values[i + 1]];
    if (a === undefined || b === undefined || typeOf(a) !== typeOf(b) || text(a) === text(b)) continue;
    const swapped = values.map(text);
    [swapped[i], swapped[i + 1]] = [text(b), text(a)];
    found.push(`${text(part(invocation, "expression"))}(${swapped.join(", ")})`);
  }
  return found;
}

function valueToZero(operator: string, value: Node | undefined): Change[] {
  if (value === undefined || value.nodeType === "Literal") return [];
  const zero = zeroOf(typeOf(value));
  if (zero === undefined) return [];
  const changed = [expression(operator, value, zero)];
  return zero === "false" ? [...changed, expression(operator.replace("zero", "true"), value, "true")] : changed;
}
