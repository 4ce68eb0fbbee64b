// What the node agent takes from here: the identity of processes. Everything else it asks over the control protocol.
export { isSameProcess, processStart } from "./process-identity.ts";
