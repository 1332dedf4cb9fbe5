/** Everything that is served, in one array for each API. */
import type { Resident } from '../rooms/resident/resident.ts';
import type { AdminEndpoint } from './admin/admin-endpoint.ts';
import { decideListRule } from './admin/decide-list-rule.ts';
import type { ListDeps } from './admin/list-answers.ts';
import { listPolicyLists } from './admin/list-policy-lists.ts';
import { listWaitingRules } from './admin/list-waiting-rules.ts';
import { matchLists } from './admin/match-lists.ts';
import { overrideListRule } from './admin/override-list-rule.ts';
import { previewList } from './admin/preview-list.ts';
import { showListRules } from './admin/show-list-rules.ts';
import { subscribeToList } from './admin/subscribe-to-list.ts';
import { unsubscribeFromList } from './admin/unsubscribe-from-list.ts';
import { addCommunityRoom } from './admin/add-community-room.ts';
import { addCommunitySpace } from './admin/add-community-space.ts';
import { checkSettings } from './admin/check-settings.ts';
import { countShadow } from './admin/count-shadow.ts';
import { erasePerson, type ErasingDeps } from './admin/erase-person.ts';
import { exportCommunity, type ExportingDeps } from './admin/export-community.ts';
import { getReplay } from './admin/get-replay.ts';
import type { ReplayDeps, ShadowDeps } from './admin/replay-answers.ts';
import { startReplay } from './admin/start-replay.ts';
import { stopReplay } from './admin/stop-replay.ts';
import { compareSettings } from './admin/compare-settings.ts';
import { createCommunity } from './admin/create-community.ts';
import { deleteCommunity } from './admin/delete-community.ts';
import { listChecks } from './admin/list-checks.ts';
import { listCommunities } from './admin/list-communities.ts';
import { createToken } from './admin/create-token.ts';
import { getApiDescription, type DescriptionDeps } from './admin/get-api-description.ts';
import { getMetrics, type MetricsDeps } from './admin/get-metrics.ts';
import { listTokens } from './admin/list-tokens.ts';
import { revokeToken } from './admin/revoke-token.ts';
import type { TokenDeps } from './admin/token-answers.ts';
import { listPresets } from './admin/list-presets.ts';
import { putSettings } from './admin/put-settings.ts';
import { removeCommunityRoom } from './admin/remove-community-room.ts';
import { removeCommunitySpace } from './admin/remove-community-space.ts';
import { rollbackSettings } from './admin/rollback-settings.ts';
import { settingsHistory } from './admin/settings-history.ts';
import { showCommunity } from './admin/show-community.ts';
import { showEffectiveSettings } from './admin/show-effective-settings.ts';
import { showSettings } from './admin/show-settings.ts';
import type { SettingsDeps } from './admin/settings-access.ts';
import type { ModerationDeps } from './admin/moderation-access.ts';
import type { Endpoint, RouteDescription } from './endpoint.ts';
import { moderationRoutes } from './moderation-routes.ts';
import { backfillRoom } from './federation/backfill-room.ts';
import { claimUserEncryptionKeys } from './federation/claim-user-encryption-keys.ts';
import { getEventAuth } from './federation/get-event-auth.ts';
import { getEventByTimestamp } from './federation/get-event-by-timestamp.ts';
import { getEvent } from './federation/get-event.ts';
import { getMissingPreviousEvents } from './federation/get-missing-previous-events.ts';
import { getPublicRooms } from './federation/get-public-rooms.ts';
import { getRoomStateIds } from './federation/get-room-state-ids.ts';
import { getRoomState } from './federation/get-room-state.ts';
import { getSpaceHierarchy } from './federation/get-space-hierarchy.ts';
import { getUserDevices, type BotDeps } from './federation/get-user-devices.ts';
import { getVersion, type VersionDeps } from './federation/get-version.ts';
import type { InviteDeps } from './federation/invite-answer.ts';
import { makeJoin } from './federation/make-join.ts';
import { makeKnock } from './federation/make-knock.ts';
import { makeLeave } from './federation/make-leave.ts';
import { queryProfile, type ProfileDeps } from './federation/query-profile.ts';
import { queryPublicRooms } from './federation/query-public-rooms.ts';
import { queryRoomDirectory } from './federation/query-room-directory.ts';
import { queryUserEncryptionKeys } from './federation/query-user-encryption-keys.ts';
import { sendInviteV1 } from './federation/send-invite-v1.ts';
import { sendInviteV2 } from './federation/send-invite-v2.ts';
import { sendJoinV2 } from './federation/send-join-v2.ts';
import { sendKnock } from './federation/send-knock.ts';
import { sendLeaveV2 } from './federation/send-leave-v2.ts';
import { sendTransaction, type TransactionDeps } from './federation/send-transaction.ts';
import type { TransactionOrigin } from './federation/transaction-text.ts';
import { getHealth } from './health/get-health.ts';
import { getReady, type ReadyDeps } from './health/get-ready.ts';
import { bulkPerspectivesKeyQuery } from './key/bulk-perspectives-key-query.ts';
import { getServerKeyById } from './key/get-server-key-by-id.ts';
import { getServerKey, type ServerKeyDeps } from './key/get-server-key.ts';
import { perspectivesKeyQuery } from './key/perspectives-key-query.ts';
import type { NotaryDeps } from './key/query-answer.ts';
import { createRoom, type CreateRoomDeps } from './owner/create-room.ts';
import { joinRoom, type JoinDeps } from './owner/join-room.ts';
import { leaveRoom, type LeaveDeps } from './owner/leave-room.ts';
import { listRooms, type ListRoomsDeps } from './owner/list-rooms.ts';
import { rotateServerKey, type RotateDeps } from './owner/rotate-server-key.ts';
import { sendMessage, type SendMessageDeps } from './owner/send-message.ts';
import { showEvent, type ShowEventDeps } from './owner/show-event.ts';
import { showKeys, type ShowKeysDeps } from './owner/show-keys.ts';
import { showRoom, type ShowRoomDeps } from './owner/show-room.ts';
import { upgradeRoom, type UpgradeRoomDeps } from './owner/upgrade-room.ts';
import { askPolicyServerToSignUnstable } from './policy/ask-policy-server-to-sign-unstable.ts';
import { askPolicyServerToSign } from './policy/ask-policy-server-to-sign.ts';
import { checkEvent, type CheckEventDeps } from './policy/check-event.ts';
import type { SignDeps } from './policy/sign-answer.ts';
import { wellKnownPolicyServerUnstable } from './well-known/policy-server-unstable.ts';
import { wellKnownPolicyServer, type PolicyKeyDeps } from './well-known/policy-server.ts';
import { wellKnownServer, type WellKnownServerDeps } from './well-known/server.ts';
import { wellKnownSupport, type SupportDeps } from './well-known/support.ts';

/** What the endpoints on the network need, all together; each sees its own part alone. */
export type FederationDeps = SignDeps &
  CheckEventDeps &
  ServerKeyDeps &
  WellKnownServerDeps &
  PolicyKeyDeps &
  SupportDeps &
  VersionDeps &
  TransactionDeps &
  InviteDeps &
  BotDeps &
  ProfileDeps &
  Resident &
  TransactionOrigin &
  NotaryDeps &
  ReadyDeps;

/** What the endpoints on the owner's socket need, all together. */
export type OwnerDeps = ListRoomsDeps &
  ShowRoomDeps &
  CreateRoomDeps &
  SendMessageDeps &
  UpgradeRoomDeps &
  ShowEventDeps &
  JoinDeps &
  LeaveDeps &
  ShowKeysDeps &
  RotateDeps;

/** What the endpoints of the admin API need, all together. */
export type AdminDeps = TokenDeps &
  ListDeps &
  SettingsDeps &
  ModerationDeps &
  ReplayDeps &
  ShadowDeps &
  ErasingDeps &
  ExportingDeps;

export const federationRoutes: readonly Endpoint<FederationDeps>[] = [
  askPolicyServerToSign,
  askPolicyServerToSignUnstable,
  checkEvent,
  getServerKey,
  getServerKeyById,
  perspectivesKeyQuery,
  bulkPerspectivesKeyQuery,
  wellKnownServer,
  wellKnownPolicyServer,
  wellKnownPolicyServerUnstable,
  wellKnownSupport,
  getVersion,
  sendTransaction,
  sendInviteV2,
  sendInviteV1,
  getUserDevices,
  queryProfile,
  queryRoomDirectory,
  getPublicRooms,
  queryPublicRooms,
  getSpaceHierarchy,
  makeJoin,
  sendJoinV2,
  makeLeave,
  sendLeaveV2,
  makeKnock,
  sendKnock,
  getRoomState,
  getRoomStateIds,
  getEvent,
  getEventAuth,
  backfillRoom,
  getMissingPreviousEvents,
  getEventByTimestamp,
  queryUserEncryptionKeys,
  claimUserEncryptionKeys,
  getHealth,
  getReady,
];

export const ownerRoutes: readonly Endpoint<OwnerDeps>[] = [
  listRooms,
  showRoom,
  createRoom,
  joinRoom,
  leaveRoom,
  sendMessage,
  upgradeRoom,
  showEvent,
  showKeys,
  rotateServerKey,
];

/** The admin API, served on the owner's socket and on the admin listener. */
export const adminRoutes: readonly AdminEndpoint<AdminDeps>[] = [
  listPolicyLists,
  previewList,
  subscribeToList,
  unsubscribeFromList,
  showListRules,
  listWaitingRules,
  decideListRule,
  overrideListRule,
  matchLists,
  listCommunities,
  createCommunity,
  showCommunity,
  deleteCommunity,
  addCommunityRoom,
  removeCommunityRoom,
  addCommunitySpace,
  removeCommunitySpace,
  showSettings,
  putSettings,
  checkSettings,
  showEffectiveSettings,
  settingsHistory,
  compareSettings,
  rollbackSettings,
  listChecks,
  listPresets,
  ...[startReplay, getReplay, stopReplay],
  countShadow,
  erasePerson,
  exportCommunity,
  listTokens,
  createToken,
  revokeToken,
  ...moderationRoutes,
];

/** What the admin listener serves without a token. */
export type OpenAdminDeps = DescriptionDeps & MetricsDeps;

export const openAdminRoutes: readonly Endpoint<OpenAdminDeps>[] = [getApiDescription, getMetrics];

export const allRoutes: readonly RouteDescription[] = [
  ...federationRoutes,
  ...ownerRoutes,
  ...adminRoutes,
  ...openAdminRoutes,
];
