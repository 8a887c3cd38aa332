/** Placeholder until the command line is written: prints the version. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.write(argv.includes('--version') ? '0.1.0\n' : 'tutti 0.1.0\n');
  return 0;
}
