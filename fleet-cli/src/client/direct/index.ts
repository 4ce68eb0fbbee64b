export { DirectCarrier } from "./direct-carrier.ts";
export { directServer } from "./find-server.ts";
