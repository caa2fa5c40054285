// The columns of a message as they are decoded: for tables of thousands of rows, and not of more.

import type { Column } from "../gen/tradeforge/v1/result_service_pb";

export function columnValues(column: Column | undefined): readonly (number | bigint | string)[] {
  return column?.values.value?.values ?? [];
}

/** Whether a row has a value: bits as in Arrow, and none means that all have. */
export function hasValue({ validity }: Pick<Column, "validity">, row: number): boolean {
  return validity.length === 0 || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}
