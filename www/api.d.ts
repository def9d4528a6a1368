// The types of the JavaScript API; what it is for stands in src/bridge.rs.
/** Virtual milliseconds since the world began. */
export type Ms = number;
export interface Loaded { now: Ms; end: Ms; stopped: string | null; mismatch: string | null; }
export interface Key { db: number; key: string; type: string; value: string | null; expiresAt: number | null; }
export interface NodeState {
  name: string; version: string; process: "running" | "paused" | "crashed" | "exited";
  replication: Record<string, unknown> | null; keys: Key[];
}
export interface InFlight { from: string; to: string; sentAt: Ms; arrivesAt: Ms; bytes: number; carries: Record<string, unknown>; }
export interface WorldState { now: Ms; end: Ms; nodes: NodeState[]; links: Record<string, unknown>[]; inFlight: InFlight[]; }
export interface TraceEvent {
  seq: number; at: Ms; node: string | null; kind: Record<string, unknown> & { type: string };
  milestone: boolean; routine: boolean; sentence: string;
}
export interface Branch { id: number; from: number | null; at: Ms; end: Ms; current: boolean; }
export type Unit = "event" | "milestone";

/** A timeline that scripts drive. Whatever is refused is an Error with a sentence in it. */
export class Session {
  /** An empty world; the seed chooses its random numbers. */
  constructor(seed?: number);
  free(): void;
  /** Replaces everything by a scenario and runs it. */
  load(text: string): Loaded;
  /** Replaces everything by what a link carries. */
  open(url: string): Loaded;
  /** Types a command at a node's terminal; gives the reply, or nothing when it comes later. */
  type(node: string, line: string): string | undefined;
  /** Does what a line of a scenario says: `cut a-b`, `node c redis=7.0`, `crash a`. */
  act(line: string): void;
  /** Lets time pass up to a moment. */
  runTo(at: Ms): void;
  /** Goes to a recorded moment, at most to the end. */
  seek(at: Ms): void;
  /** Goes on to the next event or milestone; false when none comes. */
  step(unit?: Unit): boolean;
  /** Goes back to the event or milestone before; false at the beginning. */
  back(unit?: Unit): boolean;
  /** Whether a condition of the scenario text is true now. */
  holds(condition: string): boolean;
  readonly now: Ms;
  readonly end: Ms;
  readonly eventCount: number;
  /** Equal for equal worlds. */
  digest(): string;
  state(): WorldState;
  /** The events with these numbers (from 0, the second one excluded); without numbers all up to the cursor. */
  events(from?: number, to?: number): TraceEvent[];
  /** Calls the listener with every event from now on; the function that comes back ends it. */
  subscribe(listener: (event: TraceEvent) => void): () => void;
  /** The current branch as a scenario text. */
  scenario(): string;
  /** The tail of an address that opens this moment. */
  link(): string;
  branches(): Branch[];
  /** Goes over to another branch; false when there is none with this number. */
  switch(branch: number): boolean;
  /** Everything, with all branches, as text for `restore`. */
  save(): string;
  restore(text: string): void;
}

/** Loads the engine; nothing is shown anywhere. */
export function load(): Promise<{ Session: typeof Session }>;
