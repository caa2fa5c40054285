// Numbers by chance that are the same at each run of the tests.

export type Chance = (least: number, most: number) => number;

/** Whole numbers from one to another, both within. */
export function chanceOf(seed: number): Chance {
  let state = seed;
  return (least, most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(least + (state / 2 ** 32) * (most - least + 1));
  };
}
