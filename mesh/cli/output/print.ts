import { escapeControls } from './escapeControls.ts';

/**
 * Writes what others have said (servers, who registers in Consul, who writes its entries), and so all that the command
 * writes: no terminal acts on it.
 */
export function print(text: string, output: NodeJS.WritableStream = process.stdout): void {
  output.write(escapeControls(text));
}
