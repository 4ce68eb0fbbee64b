export { Condition, NUMBER_FACTS, parseCondition, TEXT_FACTS } from "./condition.ts";
export { lackOf, loadPerCpu, meets } from "./fits.ts";
export { noFittingNode, place, type Candidate, type Placement } from "./place.ts";
export { PlaceWish } from "./wish.ts";
