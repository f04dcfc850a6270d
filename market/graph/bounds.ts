import type { DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLSchema, SelectionSetNode } from "graphql";
import {
  GraphQLError,
  GraphQLList,
  GraphQLNonNull,
  Kind,
  getNamedType,
  isCompositeType,
  isObjectType,
  visit,
} from "graphql";

import { MAX_FIRST } from "./schema";

/** A query with filters over 500 agents has about 600 tokens. */
export const MAX_TOKENS = 4000;
const MAX_FIELDS = 300;
const MAX_FRAGMENTS = 20;
const MAX_DEPTH = 20;
/** Each field of the type Query is a query of the database. */
const MAX_ROOT_FIELDS = 10;
/** Fields that an answer may have: the client library asks for 1,000 agents with 36 fields, or feedback with 60. */
const MAX_COST = 150_000;
/** A feedback has few responses; the service bounds their number apart. */
const NESTED_ROWS = 5;

/**
 * Refuses what would be costly to check or to execute, before either: the checks of the specification compare every two
 * fields of a name.
 */
export function refuseLargeDocument(document: DocumentNode): void {
  let fields = 0;
  let depth = 0;
  visit(document, {
    Field: () => {
      fields += 1;
    },
    SelectionSet: {
      enter: () => {
        depth += 1;
        if (depth > MAX_DEPTH) {
          throw new GraphQLError(`A query may be ${MAX_DEPTH} deep.`);
        }
      },
      leave: () => {
        depth -= 1;
      },
    },
  });
  if (fields > MAX_FIELDS) {
    throw new GraphQLError(`A query may name ${MAX_FIELDS} fields.`);
  }
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
  if (fragments > MAX_FRAGMENTS || document.definitions.length - fragments > 5) {
    throw new GraphQLError(`A document may have 5 operations and ${MAX_FRAGMENTS} fragments.`);
  }
}

/** Refuses a valid document whose answer would have too many fields, by the sizes that its lists ask for. */
export function refuseCostlyDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const lists = listFields(schema);
  // A fragment costs the same wherever it stands: without this, fragments that double each other take forever.
  const known = new Map<string, number>();

  const costOf = (set: SelectionSetNode): number => {
    let cost = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet === undefined ? 0 : costOf(selection.selectionSet);
        cost += 1 + (lists.has(selection.name.value) ? rows(selection, variables) : 1) * inner;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        cost += costOf(selection.selectionSet);
      } else {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        const inner = known.get(name) ?? (fragment === undefined ? 0 : costOf(fragment.selectionSet));
        known.set(name, inner);
        cost += inner;
      }
    }
    return cost;
  };

  const rootFields = (set: SelectionSetNode): number =>
    set.selections.reduce((count, selection) => {
      if (selection.kind === Kind.FIELD) {
        return count + 1;
      }
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      // Once it is too many, there is no need to count on: fragments can double each other.
      return count > MAX_ROOT_FIELDS || inner === undefined ? count : count + rootFields(inner.selectionSet);
    }, 0);

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) {
      continue;
    }
    if (rootFields(definition.selectionSet) > MAX_ROOT_FIELDS) {
      throw new GraphQLError(`A query may ask for ${MAX_ROOT_FIELDS} fields at its root.`);
    }
    if (costOf(definition.selectionSet) > MAX_COST) {
      throw new GraphQLError(`The answer could have more than ${MAX_COST} fields: ask for fewer, or for fewer rows.`);
    }
  }
}

/** The names of fields that answer lists of objects, introspection's apart, which has its own bound. */
function listFields(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith("__")) {
      for (const field of Object.values(type.getFields())) {
        const inner = field.type instanceof GraphQLNonNull ? field.type.ofType : field.type;
        if (inner instanceof GraphQLList && isCompositeType(getNamedType(field.type))) {
          names.add(field.name);
        }
      }
    }
  }
  return names;
}

function rows(field: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  if (field.name.value === "responses") {
    return NESTED_ROWS;
  }
  const value = field.arguments?.find(({ name }) => name.value === "first")?.value;
  const given =
    value?.kind === Kind.INT ? Number(value.value) : value?.kind === Kind.VARIABLE ? variables[value.name.value] : 100;
  // What is no number here is refused when the list is read.
  return typeof given === "number" ? Math.min(Math.max(given, 1), MAX_FIRST) : 100;
}
