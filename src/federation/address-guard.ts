import { BlockList, isIP, isIPv4 } from 'node:net';

/** Which addresses may be connected to: names come from strangers and must not lead into private networks. */
export interface AddressGuard {
  /** Whether an IP address is public, or in one of the allowed networks. Anything else than an address is not allowed. */
  allows(address: string): boolean;
}

/** Special-purpose IPv4 networks (IANA registry): this host, private, shared, loopback, link-local, tests, multicast … */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Global unicast, and the two forms in which an IPv4 address may be written or translated. */
const CANDIDATE_IPV6 = ['2000::/3', '64:ff9b::/96', '::ffff:0:0/96'];
/** Protocol assignments with Teredo, documentation. */
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '3fff::/20'];

export function createAddressGuard(options: { allowedNetworks: readonly string[] }): AddressGuard {
  const allowed = new BlockList();
  const refused = new BlockList();
  const candidates = new BlockList();
  for (const network of options.allowedNetworks) addNetwork(allowed, network);
  for (const network of [...REFUSED_IPV4, ...REFUSED_IPV6]) addNetwork(refused, network);
  for (const network of CANDIDATE_IPV6) addNetwork(candidates, network);
  return {
    allows(address) {
      const family = isIP(address);
      // A zone (`fe80::1%eth0`) names an interface of this machine: never public.
      if (family === 0 || address.includes('%')) return false;
      const type = family === 4 ? 'ipv4' : 'ipv6';
      if (allowed.check(address, type)) return true;
      return !refused.check(address, type) && (family === 4 || candidates.check(address, type));
    },
  };
}

/** Adds a network in CIDR notation; an IPv4 one also as IPv6 writes (mapped) or carries it (NAT64, 6to4). Throws if malformed. */
function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (family === 0 || bits?.trim() === '' || !Number.isInteger(prefix)) throw new TypeError(`${network} is no network`);
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  if (!isIPv4(address)) return;
  list.addSubnet(`::ffff:${address}`, 96 + prefix, 'ipv6');
  list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
  list.addSubnet(`2002:${hexGroups(address)}::`, 16 + prefix, 'ipv6');
}

function hexGroups(ipv4: string): string {
  const hex = ipv4.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return `${hex.slice(0, 2).join('')}:${hex.slice(2).join('')}`;
}
