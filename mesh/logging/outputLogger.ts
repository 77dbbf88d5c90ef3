import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';

/** How much may wait, in bytes, while nothing can be written: some thousand lines. */
const MAX_WAITING = 1_048_576;

/**
 * A pino logger that fails no work. Lines that cannot be written, as on a full disk, wait for the next one and are lost
 * beyond a megabyte; how many that were is logged as soon as lines can be written again. pino's own destination throws
 * where nobody catches it, and tries for ever at the end of the process (sonic-boom's flushSync). A line is written as
 * it is logged: nothing is left to do at the end.
 *
 * @param fd Where to: 1 for standard output, 2 for standard error.
 * @param also Is given each line too, and fails none. Default: nobody.
 */
export function outputLogger(options: LoggerOptions, fd = 1, also?: DestinationStream): Logger {
  const stream = destination({
    dest: fd,
    sync: true,
    maxLength: MAX_WAITING,
    // A pipe that is full and does not block: sonic-boom would sleep until it is read.
    retryEAGAIN: () => false,
  });
  const both: DestinationStream = {
    write(line) {
      stream.write(line);
      also?.write(line);
    },
  };
  const log = pino(options, also ? both : stream);
  let lost = 0;
  stream.on('drop', () => {
    lost += 1;
  });
  stream.on('drain', () => {
    const lines = lost;
    lost = 0;
    if (lines > 0) log.warn({ lines }, 'lines of this log could not be written');
  });
  // Nothing to do: the line waits.
  stream.on('error', () => {});
  return log;
}
