// The search worker: one page, then it ends.
import { parentPort, workerData } from "node:worker_threads";
import type { SearchQuestion } from "./messages.ts";
import { scan } from "./scan.ts";

parentPort?.postMessage(await scan(workerData as SearchQuestion));
