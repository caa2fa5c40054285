const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["Team.js","rolldown-runtime.js","vendor.js","app.js","shared.js","shared.css","index.css","later.js","later.css","Hooks.js"])))=>i.map(i=>d[i]);
import{n as e,r as t}from"./rolldown-runtime.js";import{F as n,L as r,a as i,f as a,h as o,k as s,m as c,n as l,x as u}from"./vendor.js";import{K as d,Q as f,V as p,X as m,_t as h,at as g,c as _,gt as v,ht as y,k as b,w as x}from"./shared.js";import{D as S,T as C,_ as w,p as T,w as E}from"./app.js";import{B as D}from"./later.js";var O=t(r(),1),k={tiles:`_tiles_bqeto_1`,tile:`_tile_bqeto_1`,columns:`_columns_bqeto_28`,facts:`_facts_bqeto_34`,scroll:`_scroll_bqeto_51`,form:`_form_bqeto_57`,filter:`_filter_bqeto_63`,none:`_none_bqeto_83`},A=o(btoa(`
"tradeforge/v1/access_service.proto\rtradeforge.v1"¦
Token
\btoken_id (	\r
owner (	!
role (2.tradeforge.v1.Role
\vdescription (	/
\vcreate_time (\v2.google.protobuf.Timestamp/
\vexpire_time (\v2.google.protobuf.Timestamp1
\rlast_use_time\x07 (\v2.google.protobuf.Timestamp/
\vrevoke_time\b (\v2.google.protobuf.Timestamp"
\rWhoAmIRequest"Ó
WhoAmIResponse\r
owner (	!
role (2.tradeforge.v1.Role
\btoken_id (	/
\vexpire_time (\v2.google.protobuf.Timestamp#
quota (\v2.tradeforge.v1.Quota
	live_runs (
\ftrials_today\x07 ("_
Quota
\rlive_runs_max (
trials_per_day_max (\r
share (
\fpriority_max ("w
Owner\f
name (	#
quota (\v2.tradeforge.v1.Quota
	live_runs (
\ftrials_today (

own_limits (	"
ListOwnersRequest":
ListOwnersResponse$
owners (\v2.tradeforge.v1.Owner"Ð
SetQuotaRequest\r
owner (	
\rlive_runs_max (H\0
trials_per_day_max (H
\fpriority_max (H
share (HB
_live_runs_maxB
_trials_per_day_maxB
\r_priority_maxB\b
_share"7
SetQuotaResponse#
owner (\v2.tradeforge.v1.Owner"

AuditEvent
\bevent_id ((
time (\v2.google.protobuf.Timestamp\r
actor (	
\btoken_id (	
\x07address (	
action (	
\x07subject\x07 (	
\x07outcome\b (	7
\x07details	 (\v2&.tradeforge.v1.AuditEvent.DetailsEntry.
\fDetailsEntry\v
key (	\r
value (	:8"O
ListAuditEventsRequest
filter (	
	page_size (

page_token (	"]
ListAuditEventsResponse)
events (\v2.tradeforge.v1.AuditEvent
next_page_token (	"
CreateTokenRequest\r
owner (	!
role (2.tradeforge.v1.Role
\vdescription (	&
ttl (\v2.google.protobuf.Duration
\vcertificate (	"J
CreateTokenResponse#
token (\v2.tradeforge.v1.Token
secret (	""
ListTokensRequest\r
owner (	":
ListTokensResponse$
tokens (\v2.tradeforge.v1.Token"&
RevokeTokenRequest
\btoken_id (	":
RevokeTokenResponse#
token (\v2.tradeforge.v1.Token*Q
Role
ROLE_UNSPECIFIED\0
\vROLE_VIEWER
ROLE_SUBMITTER

ROLE_ADMIN2×
\rAccessServiceE
WhoAmI.tradeforge.v1.WhoAmIRequest.tradeforge.v1.WhoAmIResponseT
\vCreateToken!.tradeforge.v1.CreateTokenRequest".tradeforge.v1.CreateTokenResponseQ

ListTokens .tradeforge.v1.ListTokensRequest!.tradeforge.v1.ListTokensResponseT
\vRevokeToken!.tradeforge.v1.RevokeTokenRequest".tradeforge.v1.RevokeTokenResponseQ

ListOwners .tradeforge.v1.ListOwnersRequest!.tradeforge.v1.ListOwnersResponseK
\bSetQuota.tradeforge.v1.SetQuotaRequest.tradeforge.v1.SetQuotaResponse\`
ListAuditEvents%.tradeforge.v1.ListAuditEventsRequest&.tradeforge.v1.ListAuditEventsResponsebproto3`),[a,c]),j=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.VIEWER=1]=`VIEWER`,e[e.SUBMITTER=2]=`SUBMITTER`,e[e.ADMIN=3]=`ADMIN`,e}({}),M=l(i(A,0),v);function N(e){return e===void 0||e===0n?`any number`:f(e)}function P(e){let t={},[n,r,i,a]=[`live_runs_max`,`trials_per_day_max`,`priority_max`,`share`].map(n=>{let r=(e[n]??``).trim();if(r===``)return;let i=/^\d{1,15}$/.test(r),a=n===`priority_max`&&/^-?\d{1,9}$/.test(r);if(!i&&!a)t[n]=`must be a whole number, not ${JSON.stringify(r)}`;else return BigInt(r)});return{quota:{...n!==void 0&&{liveRunsMax:n},...r!==void 0&&{trialsPerDayMax:r},...i!==void 0&&{priorityMax:Number(i)},...a!==void 0&&{share:Number(a)}},problems:t}}var F=n(),I=2e3,L=200,R={[h.UNSPECIFIED]:`unknown`,[h.READY]:`ready`,[h.LEAVING]:`leaving`,[h.SILENT]:`silent`,[h.OTHER_BUILD]:`other build: no work`,[h.UNABLE]:`unable`,[h.SET_ASIDE]:`set aside: no work`};function z({fleet:e}){let{data:t,error:n,refetch:r}=s({queryKey:[`workers`],queryFn:({signal:e})=>y.system.listWorkers({pageSize:L},{signal:e}),refetchInterval:I});if(n&&!t)return(0,F.jsx)(C,{error:n,what:`the workers`,onRetry:r});let i=t?.workers??[];return(0,F.jsxs)(D,{title:`Workers of ${e.name}`,flush:!0,children:[(0,F.jsxs)(`p`,{className:k.none,children:[e.problem?`The server computes by itself: ${e.problem}.`:`${f(e.workers)} there, ${f(e.busySlots)} of ${f(e.slots)} threads busy.`,t?.nextPageToken&&` The first ${f(L)} are shown.`]}),i.length>0&&(0,F.jsx)(`section`,{className:k.scroll,tabIndex:0,"aria-label":`Workers`,children:(0,F.jsxs)(`table`,{className:w.table,children:[(0,F.jsx)(`caption`,{className:`visually-hidden`,children:`Workers`}),(0,F.jsx)(`thead`,{children:(0,F.jsxs)(`tr`,{children:[(0,F.jsx)(`th`,{children:`Worker`}),(0,F.jsx)(`th`,{children:`Machine`}),(0,F.jsx)(`th`,{children:`State`}),(0,F.jsx)(`th`,{className:w.number,children:`Busy`}),(0,F.jsx)(`th`,{className:w.number,children:`Trials/s`}),(0,F.jsx)(`th`,{className:w.number,children:`Trials`}),(0,F.jsx)(`th`,{className:w.number,children:`Heard`}),(0,F.jsx)(`th`,{children:`Runs`})]})}),(0,F.jsx)(`tbody`,{children:i.map(e=>(0,F.jsx)(B,{worker:e},e.workerId))})]})})]})}function B({worker:e}){let{workerId:t,name:n,host:r,state:i,slots:a,busySlots:o,trials:s,trialsPerSecond:c}=e,l=[e.version,e.gitRevision,e.architecture].filter(Boolean).join(` `);return(0,F.jsxs)(`tr`,{"data-worker":n||t,children:[(0,F.jsx)(`td`,{title:t,children:n||t.slice(0,8)}),(0,F.jsx)(`td`,{title:l,children:r}),(0,F.jsxs)(`td`,{children:[R[i]??`unknown`,e.problem&&`: ${e.problem}`]}),(0,F.jsxs)(`td`,{className:w.number,children:[f(o),` of `,f(a)]}),(0,F.jsx)(`td`,{className:w.number,children:f(Math.round(c))}),(0,F.jsx)(`td`,{className:w.number,children:f(s)}),(0,F.jsxs)(`td`,{className:w.number,children:[x(e.silentFor),` ago`]}),(0,F.jsx)(`td`,{children:e.runIds.map(e=>(0,F.jsxs)(u,{href:`/runs/${e}`,children:[e.slice(-6),` `]},e))})]})}var V=e({default:()=>G}),H=g(()=>p(()=>import(`./Team.js`),__vite__mapDeps([0,1,2,3,4,5,6,7,8]))),U=g(()=>p(()=>import(`./Hooks.js`),__vite__mapDeps([9,1,2,4,5,3,6,7,8]))),W=2e3;function G(){let e=S(),{data:t,error:n,refetch:r}=s({queryKey:[`server`],queryFn:({signal:e})=>y.system.getServerInfo({},{signal:e}),refetchInterval:W}),{data:i}=s({queryKey:[`caller`],queryFn:({signal:e})=>M.whoAmI({},{signal:e})}),a=i!==void 0&&i.tokenId!==``,o=t?.limits;return(0,F.jsxs)(E,{title:`System`,subtitle:location.host,children:[n&&!t&&(0,F.jsx)(C,{error:n,what:`the server's facts`,onRetry:r}),t&&(0,F.jsxs)(F.Fragment,{children:[(0,F.jsxs)(`div`,{className:k.tiles,children:[(0,F.jsx)(q,{label:`Running`,value:f(t.runningRuns)}),(0,F.jsx)(q,{label:`Queued`,value:f(t.pendingRuns)}),(0,F.jsx)(q,{label:`Computing threads`,value:f(t.workerThreads)}),(0,F.jsx)(q,{label:`Up for`,value:x(t.uptime)})]}),(0,F.jsxs)(`div`,{className:k.columns,children:[(0,F.jsx)(D,{title:`Version`,children:(0,F.jsx)(J,{facts:[[`Program`,t.version],[`Engine`,t.engineVersion],[`Revision`,t.gitRevision||`unknown`],[`Live updates`,e.name===`open`?`connected`:e.name]]})}),a&&(0,F.jsx)(K,{caller:i}),(0,F.jsx)(D,{title:`Limits`,children:(0,F.jsx)(J,{facts:[[`Trials of a sweep`,Y(o?.maxTrialsPerRun,f)],[`Runs in the queue`,Y(o?.maxQueuedRuns,f)],[`Streams at once`,Y(o?.maxWatchStreams,f)],[`Size of a message`,Y(o?.maxMessageBytes,m)],[`Size of a series`,Y(o?.maxSeriesBytes,m)]]})})]}),i!==void 0&&i.role>=j.SUBMITTER&&(0,F.jsx)(U,{}),t.fleet&&(0,F.jsx)(z,{fleet:t.fleet}),a&&i.role===j.ADMIN&&(0,F.jsx)(H,{})]})]})}function K({caller:e}){let{owner:t,role:n,tokenId:r,expireTime:i,quota:a,liveRuns:o,trialsToday:s}=e,{zone:c}=T();return(0,F.jsxs)(D,{title:`Signed in`,children:[(0,F.jsx)(J,{facts:[[`Owner`,t],[`Role`,j[n].toLowerCase()],[`Token`,r],[`It ends`,i?b(i,c):`never`],[`Live runs`,`${f(o)} of ${N(a?.liveRunsMax)}`],[`Trials today`,`${f(s)} of ${N(a?.trialsPerDayMax)}`],[`Priority up to`,f(a?.priorityMax)]]}),(0,F.jsx)(d,{small:!0,onClick:_,children:`Sign out`})]})}function q({label:e,value:t}){return(0,F.jsxs)(`dl`,{className:k.tile,children:[(0,F.jsx)(`dt`,{children:e}),(0,F.jsx)(`dd`,{children:t})]})}function J({facts:e}){return(0,F.jsx)(`dl`,{className:k.facts,children:e.map(([e,t])=>(0,F.jsxs)(O.Fragment,{children:[(0,F.jsx)(`dt`,{children:e}),(0,F.jsx)(`dd`,{children:t})]},e))})}function Y(e,t){return e===void 0||Number(e)===0?`no limit`:t(e)}export{k as a,G as default,M as i,N as n,P as r,V as t};