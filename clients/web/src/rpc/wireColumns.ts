// Rows by column as the wire has them: of half a million rows no object, text or bigint is made,
// only numbers in arrays. What a message holds is asked for by its numbers in the contract.

import type { Message } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** Numbers, and texts as places in a list of those that there are. */
export interface WireColumn {
  readonly numbers: Float64Array;
  readonly texts: readonly string[] | undefined;
  /** Which rows have a value: bits as in Arrow, and none means that all have. */
  readonly validity: Uint8Array;
}

/** The fields of the message `Column`. */
const NAME = 1;
const DOUBLES = 2;
const INTS = 3;
const STRINGS = 4;
const VALIDITY = 5;

const NONE = new Uint8Array();
const utf8 = new TextDecoder();

/** The columns of a message that was read as one without fields: `field` is where they stand. */
export function wireColumns(
  { $unknown }: Pick<Message, "$unknown">,
  field: number,
): Map<string, WireColumn> {
  const columns = new Map<string, WireColumn>();
  for (const { no, wireType, data } of $unknown ?? []) {
    if (no === field && wireType === WireType.LengthDelimited) {
      const [name, column] = columnOf(new BinaryReader(data).bytes());
      columns.set(name, column);
    }
  }
  return columns;
}

/** A whole number of such a message; undefined if it has none. */
export function wireInteger(
  { $unknown }: Pick<Message, "$unknown">,
  field: number,
): bigint | undefined {
  const last = $unknown?.findLast(({ no, wireType }) => no === field && wireType === 0);
  return last && BigInt(new BinaryReader(last.data).int64());
}

function columnOf(bytes: Uint8Array): [name: string, column: WireColumn] {
  const reader = new BinaryReader(bytes);
  let name = "";
  let validity: Uint8Array = NONE;
  let values: Pick<WireColumn, "numbers" | "texts"> = {
    numbers: new Float64Array(),
    texts: undefined,
  };
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === NAME) {
      name = reader.string();
    } else if (field === VALIDITY) {
      validity = reader.bytes();
    } else if (field === DOUBLES) {
      values = { numbers: doublesOf(packed(reader.bytes())), texts: undefined };
    } else if (field === INTS) {
      values = { numbers: integersOf(packed(reader.bytes())), texts: undefined };
    } else if (field === STRINGS) {
      values = textsOf(reader.bytes());
    } else {
      reader.skip(wireType, field);
    }
  }
  return [name, { ...values, validity }];
}

/** Eight bytes a value, from where an array of numbers may begin. A writer may part them, or not pack them. */
function packed(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== 1) {
      reader.skip(wireType, field);
    } else if (wireType === WireType.LengthDelimited) {
      parts.push(reader.bytes());
    } else {
      parts.push(reader.skip(WireType.Bit64));
    }
  }
  const [only] = parts;
  if (only && parts.length === 1) {
    return only.slice();
  }
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every machine with a browser counts from the little end, as the wire does. */
function doublesOf({ buffer, byteOffset, length }: Uint8Array): Float64Array {
  return new Float64Array(buffer as ArrayBuffer, byteOffset, length >> 3);
}

/** Beyond 2^53 the nearest number, as everywhere on the page. */
function integersOf({ buffer, byteOffset, length }: Uint8Array): Float64Array {
  const halves = new Int32Array(buffer as ArrayBuffer, byteOffset, length >> 2);
  const numbers = new Float64Array(length >> 3);
  for (let row = 0; row < numbers.length; row += 1) {
    const low = halves[2 * row] ?? 0;
    numbers[row] = (halves[2 * row + 1] ?? 0) * 2 ** 32 + (low >>> 0);
  }
  return numbers;
}

/** Few texts are met many times, and mostly after themselves. */
function textsOf(bytes: Uint8Array): Pick<WireColumn, "numbers" | "texts"> {
  const reader = new BinaryReader(bytes);
  const texts: string[] = [];
  const places = new Map<string, number>();
  let numbers = new Float64Array(bytes.length >> 3);
  let count = 0;
  let [start, end, place] = [0, -1, -1];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== 1) {
      reader.skip(wireType, field);
      continue;
    }
    const length = reader.uint32();
    const at = reader.pos;
    reader.pos += length;
    if (reader.pos > reader.len) {
      throw new RangeError("a text ends beyond its column");
    }
    if (end - start !== length || !isEqual(bytes, start, at, length)) {
      [start, end] = [at, at + length];
      const text = utf8.decode(bytes.subarray(start, end));
      place = places.get(text) ?? texts.push(text) - 1;
      places.set(text, place);
    }
    if (count === numbers.length) {
      const longer = new Float64Array(2 * count + 8);
      longer.set(numbers);
      numbers = longer;
    }
    numbers[count] = place;
    count += 1;
  }
  return { numbers: numbers.subarray(0, count), texts };
}

function isEqual(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) {
    if (bytes[one + at] !== bytes[other + at]) {
      return false;
    }
  }
  return true;
}
