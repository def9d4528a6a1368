// The bytes of a module: its sections, and the numbers and names in them.

/** Reads numbers and names of a module, one after the other. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  signed() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (byte < 128) return byte & 64 ? value - shift * 128 : value;
    }
  }

  name() {
    const length = this.number();
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }
}

/** The sections of a module: kind, name of its own sections, where they begin and end, and where what they hold starts. */
export function sectionsOf(bytes) {
  const reader = new Reader(bytes, 8);
  const found = [];
  while (reader.at < bytes.length) {
    const begin = reader.at;
    const kind = reader.byte();
    const length = reader.number();
    const end = reader.at + length;
    found.push({ kind, name: kind === 0 ? reader.name() : "", begin, start: reader.at, end });
    reader.at = end;
  }
  return found;
}
