import{r as e}from"./rolldown-runtime.js";import{F as t,L as n,O as r,P as i,a,f as o,h as s,k as c,m as l,n as u}from"./vendor.js";import{K as d,Q as f,gt as p,ot as m}from"./shared.js";import{T as h,_ as g,f as _}from"./app.js";import{B as v,J as y}from"./later.js";import{a as b}from"./SystemPage.js";var x=e(n(),1),S=s(btoa(`
 tradeforge/v1/hook_service.proto\rtradeforge.v1"å
Hook
\x07hook_id (	\v
url (	1
\vevent_types (2.tradeforge.v1.HookEventType
filter (	\r
owner (	/
\vcreate_time (\v2.google.protobuf.Timestamp
disabled_reason\x07 (	

all_owners\b (\b
\x07pending	 ("¡
\bDelivery
\bevent_id (	0

event_type (2.tradeforge.v1.HookEventType
\x07subject (	.

event_time (\v2.google.protobuf.Timestamp
\battempts (1
\rdelivery_time (\v2.google.protobuf.Timestamp5
next_attempt_time\x07 (\v2.google.protobuf.Timestamp
\flast_outcome\b (	"6
CreateHookRequest!
hook (\v2.tradeforge.v1.Hook"O
CreateHookResponse!
hook (\v2.tradeforge.v1.Hook
signing_secret (	"
ListHooksRequest"7
ListHooksResponse"
hooks (\v2.tradeforge.v1.Hook"$
DeleteHookRequest
\x07hook_id (	"
DeleteHookResponse""
TestHookRequest
\x07hook_id (	"i
TestHookResponse)
\bdelivery (\v2.tradeforge.v1.Delivery*
\x07latency (\v2.google.protobuf.Duration"O
ListDeliveriesRequest
\x07hook_id (	
	page_size (

page_token (	"^
ListDeliveriesResponse+

deliveries (\v2.tradeforge.v1.Delivery
next_page_token (	*ô
\rHookEventType
\x1BHOOK_EVENT_TYPE_UNSPECIFIED\0!
HOOK_EVENT_TYPE_RUN_COMPLETED
HOOK_EVENT_TYPE_RUN_FAILED!
HOOK_EVENT_TYPE_RUN_CANCELLED
HOOK_EVENT_TYPE_RUN_PAUSED"
HOOK_EVENT_TYPE_SERIES_CHANGED
HOOK_EVENT_TYPE_TEST2¯
\vHookServiceQ

CreateHook .tradeforge.v1.CreateHookRequest!.tradeforge.v1.CreateHookResponseN
	ListHooks.tradeforge.v1.ListHooksRequest .tradeforge.v1.ListHooksResponseQ

DeleteHook .tradeforge.v1.DeleteHookRequest!.tradeforge.v1.DeleteHookResponseK
\bTestHook.tradeforge.v1.TestHookRequest.tradeforge.v1.TestHookResponse]
ListDeliveries$.tradeforge.v1.ListDeliveriesRequest%.tradeforge.v1.ListDeliveriesResponsebproto3`),[o,l]),C=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.RUN_COMPLETED=1]=`RUN_COMPLETED`,e[e.RUN_FAILED=2]=`RUN_FAILED`,e[e.RUN_CANCELLED=3]=`RUN_CANCELLED`,e[e.RUN_PAUSED=4]=`RUN_PAUSED`,e[e.SERIES_CHANGED=5]=`SERIES_CHANGED`,e[e.TEST=6]=`TEST`,e}({}),w=u(a(S,0),p),T=[[C.RUN_COMPLETED,`run.completed`],[C.RUN_FAILED,`run.failed`],[C.RUN_CANCELLED,`run.cancelled`],[C.RUN_PAUSED,`run.paused`],[C.SERIES_CHANGED,`series.changed`]];function E(e){return T.filter(([t])=>e.includes(t)).map(([,e])=>e).join(`, `)}var D={GONE:`ended: the receiver answered 410`,FAILING:`ended: nothing arrived for 72 hours`,BACKLOG:`ended: too much was on its way`,KEY_LOST:`ended: the server has another key now`,BAD_FILTER:`ended: its filter cannot be read`};function O(e){return e===``?`delivers`:D[e]??`ended: ${e}`}var k=t(),A=[`hooks`];function j(){let{data:e,error:t,refetch:n}=c({queryKey:A,queryFn:({signal:e})=>w.listHooks({},{signal:e})}),[r,i]=(0,x.useState)(!1),[a,o]=(0,x.useState)(``);return t?(0,k.jsx)(h,{error:t,what:`the webhooks`,onRetry:n}):(0,k.jsxs)(v,{title:`Webhooks`,flush:!0,children:[(0,k.jsx)(`section`,{className:b.scroll,tabIndex:0,"aria-label":`Webhooks`,children:(0,k.jsxs)(`table`,{className:g.table,children:[(0,k.jsx)(`caption`,{className:`visually-hidden`,children:`Webhooks`}),(0,k.jsx)(`thead`,{children:(0,k.jsxs)(`tr`,{children:[(0,k.jsx)(`th`,{children:`Address`}),(0,k.jsx)(`th`,{children:`Tells of`}),(0,k.jsx)(`th`,{children:`State`}),(0,k.jsx)(`th`,{className:g.number,children:`On the way`}),(0,k.jsx)(`th`,{children:(0,k.jsx)(`span`,{className:`visually-hidden`,children:`Actions`})})]})}),(0,k.jsx)(`tbody`,{children:e?.hooks.map(e=>(0,k.jsx)(M,{hook:e,onSaid:o},e.hookId))})]})}),e?.hooks.length===0&&(0,k.jsx)(`p`,{className:b.none,children:`Nobody is told of anything.`}),(0,k.jsx)(`p`,{className:b.none,role:`status`,children:a}),(0,k.jsx)(`p`,{className:b.none,children:(0,k.jsx)(d,{small:!0,onClick:()=>i(!0),children:`Add a webhook`})}),(0,k.jsx)(_,{title:`Add a webhook`,isOpen:r,onClose:()=>i(!1),children:r&&(0,k.jsx)(N,{onDone:()=>i(!1)})})]})}function M({hook:e,onSaid:t}){let{hookId:n,url:a,eventTypes:o,filter:s,owner:c,allOwners:l,disabledReason:u,pending:p}=e,h=i(),_=()=>h.invalidateQueries({queryKey:A}),v=e=>t(m(e).message),y=r({mutationFn:()=>w.testHook({hookId:n}),onSuccess:async({delivery:e})=>{let n=e?.lastOutcome??``;t(`The test ${e?.deliveryTime===void 0?`did not arrive`:`arrived`}: ${n}`),await _()},onError:v}),b=r({mutationFn:()=>w.deleteHook({hookId:n}),onSuccess:_,onError:v});return(0,k.jsxs)(`tr`,{"data-hook":n,children:[(0,k.jsx)(`td`,{title:l?`of the runs of all`:`of the runs of ${c}`,children:a}),(0,k.jsxs)(`td`,{children:[E(o),s!==``&&` where ${s}`]}),(0,k.jsx)(`td`,{children:O(u)}),(0,k.jsx)(`td`,{className:g.number,children:f(p)}),(0,k.jsxs)(`td`,{className:g.number,children:[(0,k.jsxs)(d,{small:!0,disabled:y.isPending,onClick:()=>y.mutate(),children:[`Test`,(0,k.jsxs)(`span`,{className:`visually-hidden`,children:[` `,a]})]}),` `,(0,k.jsxs)(d,{small:!0,disabled:b.isPending,onClick:()=>b.mutate(),children:[`Remove`,(0,k.jsxs)(`span`,{className:`visually-hidden`,children:[` `,a]})]})]})]})}function N({onDone:e}){let[t,n]=(0,x.useState)(``),[a,o]=(0,x.useState)(``),[s,c]=(0,x.useState)(()=>T.slice(0,3).map(([e])=>e)),l=i(),u=r({mutationFn:()=>w.createHook({hook:{url:t.trim(),filter:a.trim(),eventTypes:s}}),onSuccess:()=>l.invalidateQueries({queryKey:A})});return u.data?(0,k.jsxs)(`div`,{className:b.form,children:[(0,k.jsx)(`p`,{children:`The key of its signatures, which is not shown again:`}),(0,k.jsx)(`code`,{children:u.data.signingSecret}),(0,k.jsx)(d,{look:`primary`,onClick:e,children:`I have kept it`})]}):(0,k.jsxs)(`div`,{className:b.form,children:[(0,k.jsx)(y,{name:`hook-url`,label:`Address`,hint:`https, or what the server's hook_allow admits`,children:e=>(0,k.jsx)(`input`,{...e,type:`url`,autoComplete:`off`,value:t,onChange:({target:e})=>n(e.value)})}),(0,k.jsxs)(`fieldset`,{children:[(0,k.jsx)(`legend`,{children:`Tells of`}),T.map(([e,t])=>(0,k.jsxs)(`label`,{children:[(0,k.jsx)(`input`,{type:`checkbox`,checked:s.includes(e),onChange:({target:t})=>c(t.checked?[...s,e]:s.filter(t=>t!==e))}),` `,t]},t))]}),(0,k.jsx)(y,{name:`hook-filter`,label:`Of which runs`,hint:`As in: labels.tier = gold; empty is all`,children:e=>(0,k.jsx)(`input`,{...e,autoComplete:`off`,spellCheck:!1,value:a,onChange:({target:e})=>o(e.value)})}),u.error&&(0,k.jsx)(`p`,{role:`alert`,children:m(u.error).message}),(0,k.jsx)(d,{look:`primary`,disabled:u.isPending||t.trim()===``||s.length===0,onClick:()=>u.mutate(),children:`Add`})]})}export{j as default};