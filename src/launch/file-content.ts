/** What stands in a config file: the values in their places. Pure. */
import { Fault } from '../fault.ts';
import type { FileValue, PlannedFile } from '../profile/files.ts';
import { type Plain, writeDotenv, writeJson, writeYaml } from './serialise.ts';
import { renderTemplate, renderText } from './template.ts';

/**
 * The bytes, to be written and wiped. `opened` holds the values (UTF-8) of the keys that the plan opens. Faults `launch`
 * name keys, never values.
 */
export function fileContent(
  { name, source }: Pick<PlannedFile, 'name' | 'source'>,
  opened: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const valueOfKey = (key: string): Uint8Array => {
    const value = opened.get(key);
    if (value === undefined)
      throw new Fault('launch', `the key ${key} of the file ${name} was not opened`, { hint: 'pqx verify' });
    return value;
  };
  switch (source.kind) {
    case 'content':
      return valueOfKey(source.key).slice();
    case 'template':
      return renderTemplate(source.template, valueOfKey);
    case 'json':
      return new TextEncoder().encode(writeJson(plainOf(source.value, valueOfKey)));
    case 'yaml':
      return new TextEncoder().encode(writeYaml(plainOf(source.value, valueOfKey)));
    case 'dotenv':
      return new TextEncoder().encode(writeDotenv(plainOf(source.value, valueOfKey)));
  }
}

/** With every template rendered: values may have several lines here, since the serialiser keeps them in their strings. */
function plainOf(value: FileValue, valueOfKey: (key: string) => Uint8Array): Plain {
  switch (value.kind) {
    case 'text':
      return renderText(value.template, valueOfKey);
    case 'plain':
      return value.value;
    case 'list':
      return value.items.map((item) => plainOf(item, valueOfKey));
    case 'map':
      return new Map(value.entries.map(([key, item]) => [key, plainOf(item, valueOfKey)]));
  }
}
