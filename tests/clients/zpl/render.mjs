// Renders each label of a ZPL file as a label printer does, 4 by 6 inches at 203 dots per inch.
import { readFileSync, writeFileSync } from "node:fs";
import { ready } from "zpl-renderer-js";

const [source, folder] = process.argv.slice(2);
const { api } = await ready;
const labels = await api.zplToBase64MultipleAsync(readFileSync(source, "utf8"), 101.6, 152.4, 8);
labels.forEach((label, place) => writeFileSync(`${folder}/${place}.png`, Buffer.from(label, "base64")));
console.log(labels.length);
