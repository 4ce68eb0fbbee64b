/** After a change of keys while the hub is down. */
export const NOT_TOLD = "the hub is down: its server and the nodes hear of it at the next 'fleet hub up'";
