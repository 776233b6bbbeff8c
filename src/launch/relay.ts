/**
 * Signals on their way to a target that pqx waits for (launch: Ctrl-C, directed signals). The terminal sends its own to
 * the whole foreground group, so while pqx is in it, the target has them already.
 */
import { isForeground } from '#system';

const ALWAYS = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
const UNLESS_FOREGROUND = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGTSTP'] as const;
const RELAYED = [...ALWAYS, ...UNLESS_FOREGROUND] as const;
type Relayed = (typeof RELAYED)[number];

export interface Target {
  kill(signal: NodeJS.Signals): void;
  isStopped(): boolean;
}

export interface Relay {
  /** The target is there: it gets what came meanwhile, and what comes from now on. */
  connect(target: Target): void;
  /** Stops this process by the signal that stopped the target. Returns when it is continued. */
  stopBy(signal: 'SIGTSTP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGSTOP'): void;
  /** The target was waited for: its number may be another process's from here on, and what comes is for nobody. */
  release(): void;
  /** Signals act on this process again as they did before. */
  end(): void;
}

/**
 * Listens at once, so that a signal which comes before the target does is kept for it. Those that the caller ignores are
 * not listened to before there is a target: it has to be started with them ignored, and may want them later.
 */
export function relaySignals(ignoredByCaller: (signal: NodeJS.Signals) => boolean): Relay {
  let target: Target | undefined;
  let isReleased = false;
  const early: Relayed[] = [];
  const relay = (signal: NodeJS.Signals) => {
    if (!isRelayed(signal) || isReleased) return;
    if (target === undefined) early.push(signal);
    else if (!isTheTerminals(signal)) target.kill(signal);
  };
  // Whoever continues pqx wants the target to go on; one that runs gets no signal that it did not get without pqx.
  const goOn = () => {
    if (!isReleased && target?.isStopped() === true) target.kill('SIGCONT');
  };
  const later = RELAYED.filter(ignoredByCaller);
  for (const signal of RELAYED) if (!later.includes(signal)) process.on(signal, relay);
  const isContLater = ignoredByCaller('SIGCONT');
  if (!isContLater) process.on('SIGCONT', goOn);
  return {
    connect(started) {
      target = started;
      for (const signal of later) process.on(signal, relay);
      if (isContLater) process.on('SIGCONT', goOn);
      for (const signal of early.splice(0)) started.kill(signal);
    },
    stopBy(signal) {
      // Without a listener it has its default again, which stops.
      process.removeListener(signal, relay);
      process.kill(process.pid, signal);
      if (signal === 'SIGTSTP') process.on(signal, relay);
    },
    release() {
      isReleased = true;
    },
    end() {
      for (const signal of RELAYED) process.removeListener(signal, relay);
      process.removeListener('SIGCONT', goOn);
    },
  };
}

function isTheTerminals(signal: Relayed): boolean {
  return UNLESS_FOREGROUND.some((name) => name === signal) && isForeground();
}

function isRelayed(signal: NodeJS.Signals): signal is Relayed {
  return RELAYED.some((name) => name === signal);
}
