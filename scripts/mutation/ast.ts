/** A node of solc's syntax tree, with the members that mutating looks at. */
export interface Node {
  readonly id: number;
  readonly nodeType: string;
  /** `start:length:file`, in bytes. */
  readonly src: string;
  readonly name?: string;
  readonly typeDescriptions?: { readonly typeString?: string };
  readonly [member: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).nodeType === "string";
}

export function child(node: Node | undefined, member: string): Node | undefined {
  const value = node?.[member];
  return isNode(value) ? value : undefined;
}

/** As `child`, where the grammar leaves no doubt. */
export function part(node: Node, member: string): Node {
  const found = child(node, member);
  if (found === undefined)
    throw new Error(`a ${node.nodeType} at ${node.src} has no ${member}: has solc changed its AST?`);
  return found;
}

/** The nodes in a list, for example a call's arguments. */
export function parts(node: Node | undefined, member: string): Node[] {
  const list = node?.[member];
  return Array.isArray(list) ? list.filter(isNode) : [];
}

/** The nodes directly below, in the order of the source. Types and documentation hold nothing that runs; a loop that
 * no longer advances would only show that gas is finite. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const [member, value] of Object.entries(node)) {
    if (member === "typeName" || member === "documentation" || member === "loopExpression") continue;
    for (const candidate of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(candidate)) found.push(candidate);
    }
  }
  return found.sort((a, b) => rangeOf(a).start - rangeOf(b).start);
}

export function rangeOf(node: Node): { start: number; end: number } {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
}

/** The solidity type of an expression, without where it is kept. */
export function typeOf(node: Node | undefined): string {
  return node?.typeDescriptions?.typeString ?? "";
}

/** What an uninitialised variable of a value type holds; nothing for types that have no such literal. */
export function zeroOf(type: string): string | undefined {
  if (type === "bool") return "false";
  if (type === "address") return "address(0)";
  return /^(u?int\d+|bytes\d+)$/.test(type) ? `${type}(0)` : undefined;
}
