/** A file that is whole and on the disk, or not there. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TuttiError } from '@tutti/contracts';

/** Throws `unwritable` when something stands at the path, or when nothing can be written there. Nothing is left behind. */
export async function assertNew(path: string, name: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
    await rm(path);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = isThere ? 'it is there already, and nothing is written over it' : 'it cannot be made there';
    throw new TuttiError('unwritable', `Cannot write ${name}: ${why}`, { cause });
  }
}

/** Writes beside the file, has it synced, and gives it its name then: a crash leaves at most the file beside it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.part`;
  const file = await open(beside, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** The name is on the disk only once its folder is; where folders cannot be synced, that is left to the system. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  try {
    await folder?.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await folder?.close();
  }
}
