// One way in for every carrier: parse, check the role and the reach, answer a repeated operation, run, parse the answer.
import type { Contract } from "@fleetwire/shared/bus";
import { FleetError, parseOr, unknownFields } from "@fleetwire/shared/errors";
import { OperationId, printable } from "@fleetwire/shared/ids";
import type { Log } from "../log/index.ts";
import { authorize } from "./authorize.ts";
import type { Recorder } from "./audited.ts";
import { callerId, type Caller } from "./caller.ts";
import type { Context, Handler } from "./handler.ts";
import type { Operations } from "./operations.ts";
import type { Services } from "./services.ts";

export interface Dispatcher {
  /** @param operation id of a change. @throws FleetError */
  call(verb: string, body: unknown, caller: Caller, operation?: string): Promise<unknown>;
}

export interface DispatcherDeps {
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly services: Services;
  readonly operations: Operations;
  readonly recorder: Recorder;
  /** For the metrics: how each request ended, `ok` or an error's code. */
  readonly onAnswered?: (verb: string, outcome: string, seconds: number) => void;
  readonly isOpen: () => boolean;
  readonly log: Log;
}

export function createDispatcher({ handlers, services, operations, recorder, onAnswered, isOpen, log }: DispatcherDeps): Dispatcher {
  async function run(handler: Handler, input: unknown, context: Omit<Context, "services">): Promise<unknown> {
    try {
      const output = await handler.answer(input, { ...context, services });
      return parseOr(handler.contract.output, output, `the answer to ${handler.contract.verb}`, "internal");
    } catch (error) {
      if (!(error instanceof FleetError) || error.code === "internal") log.error({ verb: handler.contract.verb, err: error }, "a verb failed unexpectedly");
      throw FleetError.from(error);
    }
  }

  /** @returns the input. @throws FleetError when the caller may not, or asks for nonsense: on record either way */
  function allowed(contract: Contract, body: unknown, caller: Caller, operation: string | undefined): unknown {
    try {
      authorize(contract, caller, isOpen());
      const input = parseOr(contract.input, body, contract.verb);
      // A change of which a part isn't understood is another change: an end without its condition, a launch without its need.
      const [unknown] = contract.change ? unknownFields(body, input) : [];
      if (unknown !== undefined) throw new FleetError("version-skew", `this node doesn't know the field '${printable(unknown)}' of '${contract.verb}', and did nothing`);
      return input;
    } catch (error) {
      recorder.refused(contract.verb, caller, operation, body, error);
      throw error;
    }
  }

  async function call(verb: string, body: unknown, caller: Caller, operation?: string): Promise<unknown> {
    const handler = Object.hasOwn(handlers, verb) ? handlers[verb] : undefined;
    if (handler === undefined) throw new FleetError("unknown-verb", `this node doesn't know the verb '${printable(verb)}'`);
    const contract: Contract = handler.contract;
    const input = allowed(contract, body ?? {}, caller, operation);
    const recorded = (resumed = false) => recorder.run({ contract, caller, operation, input }, () => run(handler, input, { caller, operation, resumed }));
    if (!contract.change) return recorded();
    log.info({ verb, caller: callerId(caller), operation }, "change");
    if (operation === undefined) return recorded();
    try {
      const change = { id: parseOr(OperationId, operation, "the operation id"), caller: callerId(caller), verb, input };
      return await operations.once(change, { keep: contract.reach !== "socket", resumable: contract.resumable }, recorded);
    } catch (error) {
      if (error instanceof FleetError && error.code === "replayed") recorder.refused(verb, caller, operation, input, error);
      throw error;
    }
  }

  return {
    async call(verb, body, caller, operation) {
      const began = performance.now();
      const answered = (outcome: string) => onAnswered?.(verb, outcome, (performance.now() - began) / 1000);
      try {
        const answer = await call(verb, body, caller, operation);
        answered("ok");
        return answer;
      } catch (error) {
        answered(FleetError.from(error).code);
        throw error;
      }
    },
  };
}
