/** What a file is by its first bytes, whatever its sender says: pictures and videos are what can be hashed. Pure. */

export type FileKind = 'photo' | 'video';

/** JPEG, PNG, GIF, TIFF. */
const PHOTO_STARTS = ['\xff\xd8\xff', '\x89PNG\r\n', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*'];
const PHOTO_BRANDS: ReadonlySet<string> = new Set(['avif', 'avis', 'heic', 'heix', 'heif', 'mif1', 'msf1']);

/** `undefined` for everything else; the content type counts where the bytes are of no known form. */
export function fileKind(bytes: Uint8Array, contentType: string | undefined): FileKind | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  if (PHOTO_STARTS.some((magic) => start.startsWith(magic))) return 'photo';
  if (start.startsWith('BM') && start.slice(6, 10) === '\0\0\0\0') return 'photo';
  if (/^RIFF[^]{4}WEBP/.test(start)) return 'photo';
  if (/^RIFF[^]{4}AVI /.test(start) || start.startsWith('\x1aE\xdf\xa3')) return 'video';
  if (start.slice(4, 8) === 'ftyp') {
    const brand = start.slice(8, 12);
    if (PHOTO_BRANDS.has(brand)) return 'photo';
    return brand.startsWith('M4A') ? undefined : 'video';
  }
  if (/^\s*image\//i.test(contentType ?? '')) return 'photo';
  return /^\s*video\//i.test(contentType ?? '') ? 'video' : undefined;
}
