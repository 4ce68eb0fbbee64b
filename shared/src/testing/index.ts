export { BadLink, type LinkOptions } from "./bad-link.ts";
export { FarNetwork } from "./far-network.ts";
export { waitFor } from "./wait-for.ts";
export { counts } from "./counts.ts";
export { canMount, readOnly, SmallDisk } from "./small-disk.ts";
export { canMakeNetworks, MIDDLE, Networks } from "./networks.ts";
export { type FakeGpu, FakeTools, fakeUuid } from "./fake-tools.ts";
