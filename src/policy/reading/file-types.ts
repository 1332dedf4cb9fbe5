/** What endings of file names say about what is in the file. */

/** The first part of the MIME types that files with this ending have. */
const MAJOR_TYPES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    image: 'jpg jpeg jfif png gif webp avif heic heif bmp tif tiff ico jxl svg',
    video: 'mp4 m4v mov mkv avi wmv mpg mpeg flv',
    audio: 'mp3 m4a aac flac wav opus oga wma aiff mid midi',
    'video audio': 'webm ogg ogv 3gp',
    'application audio': 'm3u m3u8',
    'text application': 'txt md csv tsv json xml yaml yml toml ini log html htm js mjs css rtf ics vcf sh py sql',
    application:
      'pdf zip rar 7z gz tgz bz2 xz tar doc docx xls xlsx ppt pptx odt ods odp epub exe msi dll scr com bat cmd ps1 vbs jar apk ipa dmg iso deb rpm appimage lnk',
  }).flatMap(([majors, endings]) => endings.split(' ').map((ending) => [ending, majors.split(' ')] as const)),
);

/** Files that run where they are opened. */
const RUNNING: ReadonlySet<string> = new Set(
  'exe msi dll scr com bat cmd pif cpl ps1 psm1 vbs vbe js jse wsf wsh hta jar apk ipa app dmg pkg iso img lnk url reg sh bash run deb rpm appimage desktop py pyw html htm svg xll docm xlsm pptm'.split(
    ' ',
  ),
);

/** Says nothing about the file. */
const ANY_TYPE: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream']);

/** What follows the last dot, in lower case. */
export function extensionOf(name: string): string | undefined {
  return /\.([^.\s/\\]{1,20})\s*$/.exec(name.slice(-64))?.[1]?.toLowerCase();
}

export function isRunningExtension(extension: string): boolean {
  return RUNNING.has(extension);
}

/** Whether people know the ending as that of a file. */
export function isKnownExtension(extension: string): boolean {
  return MAJOR_TYPES.has(extension) || RUNNING.has(extension);
}

/** Lower case, without parameters. */
export function mimeEssence(mimetype: string): string {
  return (mimetype.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Whether files with that ending are of another type; unknown endings and types are of any. */
export function contradicts(extension: string, mimetype: string): boolean {
  const essence = mimeEssence(mimetype);
  const majors = MAJOR_TYPES.get(extension);
  if (majors === undefined || essence === '' || ANY_TYPE.has(essence)) return false;
  const isVector = essence === 'image/svg+xml';
  if (isVector || extension === 'svg') return isVector !== (extension === 'svg');
  const [major = ''] = essence.split('/', 1);
  // Sound and video are in containers that have types of their own: application/ogg.
  return !majors.includes(major) && !(essence === 'application/ogg' && majors.includes('audio'));
}
