import{r as e}from"./rolldown-runtime.js";import{F as t,L as n,_ as r,a as i,c as a,f as o,h as s,i as c,m as l,n as u,r as d,t as ee,x as te}from"./vendor.js";var f=e(n(),1),p=s(btoa(`
tradeforge/v1/types.proto\rtradeforge.v1"o

ParamValue
	int_value (H\0
\fdouble_value (H\0

bool_value (\bH\0
\fstring_value (	H\0B
kind"?
	IntDomain
	min_value (
	max_value (\f
step ("B
\fDoubleDomain
	min_value (
	max_value (\f
step ("\f

BoolDomain"
\fChoiceDomain
values (	"6
	ValueList)
values (\v2.tradeforge.v1.ParamValue"
	ParamSpec\f
name (	
\fdisplay_name (	
\vdescription (	\f
unit (	0
\rdefault_value (\v2.tradeforge.v1.ParamValue.

int_domain (\v2.tradeforge.v1.IntDomainH\04
\rdouble_domain\x07 (\v2\x1B.tradeforge.v1.DoubleDomainH\00
\vbool_domain\b (\v2.tradeforge.v1.BoolDomainH\04
\rchoice_domain	 (\v2\x1B.tradeforge.v1.ChoiceDomainH\0+
suggested_axis
 (\v2.tradeforge.v1.AxisB\b
domain"~

MetricSpec\f
name (	
\fdisplay_name (	
\vdescription (	\f
unit (	)
\fnatural_goal (2.tradeforge.v1.Goal"X
\fSubscription
\bexchange (	
symbol (	
	timeframe (	
\vdata_sha256 (	"i
	TimeRange.

start_time (\v2.google.protobuf.Timestamp,
\bend_time (\v2.google.protobuf.Timestamp"Ø

Simulation
\finitial_cash (	
commission_rate (	
slippage_ticks (	%
sizing (\v2.tradeforge.v1.Sizing
\fmax_leverage (	7
entry_bar_policy (2.tradeforge.v1.EntryBarPolicy8
end_of_run_policy\x07 (2.tradeforge.v1.EndOfRunPolicy
risk_free_rate\b (	
periods_per_year	 (#
exits
 (\v2.tradeforge.v1.Exits!
fees\v (\v2.tradeforge.v1.Fees)
\bslippage\f (\v2.tradeforge.v1.Slippage%
margin\r (\v2.tradeforge.v1.Margin-
limits (\v2.tradeforge.v1.PositionLimits#
carry (\v2.tradeforge.v1.Carry3
\vinstruments (\v2.tradeforge.v1.InstrumentTerms"V
Margin
\finitial_rate (	
maintenance_rate (	
liquidation_fee_rate (	"C
Carry
\vborrow_rate (	
	cash_rate (	

debit_rate (	"þ
InstrumentTerms
\bexchange (	
symbol (	\x1B
contract_multiplier (	!
fees (\v2.tradeforge.v1.Fees%
margin (\v2.tradeforge.v1.Margin
\vborrow_rate (	
\x07funding\x07 (	
	dividends\b (	)
\bslippage	 (\v2.tradeforge.v1.Slippage"y
Fees

maker_rate (	

taker_rate (	
\bper_unit (	
\bper_fill (	
\x07minimum (	
\fmaximum_rate (	"\\
\bSlippage\r
ticks (	\f
rate (	
range_fraction (	\x1B
limit_through_ticks ("a
\bDistance
\x07percent (	H\0
ticks (	H\0)
atr (\v2.tradeforge.v1.AtrDistanceH\0B
kind"/
\vAtrDistance
\bmultiple (	
period ("ñ
Exits*
	stop_loss (\v2.tradeforge.v1.Distance/
\ftake_profits (\v2.tradeforge.v1.TakeProfit2
\rtrailing_stop (\v2\x1B.tradeforge.v1.TrailingStop,

break_even (\v2.tradeforge.v1.BreakEven
\bmax_bars (
daily_exit_time (	"H

TakeProfit)
\bdistance (\v2.tradeforge.v1.Distance
\x07portion (	"z
\fTrailingStop)
\bdistance (\v2.tradeforge.v1.Distance+

activation (\v2.tradeforge.v1.Distance

chandelier (\b"^
	BreakEven(
\x07trigger (\v2.tradeforge.v1.Distance'
offset (\v2.tradeforge.v1.Distance"¸
PositionLimits
\rmax_positions (
\vmax_entries (
cool_down_bars (!
cool_down_after_loss_only (\b
max_volume_share (	%
close_after_days_without_bars ("°
Sizing
fixed_quantity (	H\0
fixed_notional (	H\0
equity_fraction (	H\0
\rrisk_fraction (	H\06
range_fraction (\v2.tradeforge.v1.RangeFractionH\0B
kind"1
\rRangeFraction
\bfraction (	
period ("Q
\vStrategyRef\f
name (	
\x07version (	
source (	
\vrule_sha256 (	"ë
\fBacktestSpec,
\bstrategy (\v2.tradeforge.v1.StrategyRef7
params (\v2'.tradeforge.v1.BacktestSpec.ParamsEntry2
\rsubscriptions (\v2\x1B.tradeforge.v1.Subscription,

time_range (\v2.tradeforge.v1.TimeRange-

simulation (\v2.tradeforge.v1.Simulation
\vwarmup_bars (+
aux
 (\v2.tradeforge.v1.AuxSubscription,
\bschedule\x07 (\v2.tradeforge.v1.ParamChange)
\bhandover\b (2.tradeforge.v1.HandoverH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8"Ì
\vParamChange-
	from_time (\v2.google.protobuf.Timestamp6
params (\v2&.tradeforge.v1.ParamChange.ParamsEntry\f
flat (\bH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8"V
AuxSubscription\f
name (	
\bexchange (	
symbol (	
\vdata_sha256 (	"®
Axis\f
name (	-
	int_range (\v2.tradeforge.v1.IntDomainH\03
\fdouble_range (\v2\x1B.tradeforge.v1.DoubleDomainH\0*
values (\v2.tradeforge.v1.ValueListH\0B\b
domain"
ParamConstraint\f
left (	%
op (2.tradeforge.v1.Comparison
param (	H\0*
value (\v2.tradeforge.v1.ParamValueH\0B\x07
right"\f

GridSearch"1
\fRandomSearch
\vtrial_count (\f
seed ("A
\rGeneticSearch
\vtrial_count (\f
seed (\r
batch ("=
	TpeSearch
\vtrial_count (\f
seed (\r
batch ("1
	PointList$
points (\v2.tradeforge.v1.Point"
Point0
params (\v2 .tradeforge.v1.Point.ParamsEntryH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8">
	Objective
metric (	!
goal (2.tradeforge.v1.Goal"h

Constraint
metric (	
	min_value (H\0
	max_value (HB\f

_min_valueB\f

_max_value"£
OptimizationSpec)
base (\v2\x1B.tradeforge.v1.BacktestSpec!
axes (\v2.tradeforge.v1.Axis6
subscription_axis (\v2\x1B.tradeforge.v1.Subscription)
grid (\v2.tradeforge.v1.GridSearchH\0-
random (\v2\x1B.tradeforge.v1.RandomSearchH\0/
\x07genetic\v (\v2.tradeforge.v1.GeneticSearchH\0'
tpe\f (\v2.tradeforge.v1.TpeSearchH\0*
points (\v2.tradeforge.v1.PointListH\0+
	objective (\v2.tradeforge.v1.Objective1
more_objectives\r (\v2.tradeforge.v1.Objective.
\vconstraints\x07 (\v2.tradeforge.v1.Constraint

max_trials\b (
max_failed_trials	 (9
param_constraints
 (\v2.tradeforge.v1.ParamConstraint%
across (2.tradeforge.v1.AcrossB\b
search"°
\bProgress)
unit (2\x1B.tradeforge.v1.ProgressUnit\r
total (
	completed (
failed (
\bfraction (

per_second (*
\x07elapsed\x07 (\v2.google.protobuf.Duration,
	remaining\b (\v2.google.protobuf.Duration/

best_trial	 (\v2\x1B.tradeforge.v1.TrialSummary
queue_position
 ("©
\fTrialSummary
\vtrial_index ((
state (2.tradeforge.v1.TrialState7
params (\v2'.tradeforge.v1.TrialSummary.ParamsEntry1
\fsubscription (\v2\x1B.tradeforge.v1.Subscription9
\x07metrics (\v2(.tradeforge.v1.TrialSummary.MetricsEntry
objective_value (H\0&
error\x07 (\v2.tradeforge.v1.RunError3
compute_duration\b (\v2.google.protobuf.Duration
\facross_value
 (HH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8.
\fMetricsEntry\v
key (	\r
value (:8B
_objective_valueB
\r_across_value"ª
\bRunError
reason (	
\x07message (	7
\bmetadata (\v2%.tradeforge.v1.RunError.MetadataEntry
\vstack_trace (	/
\rMetadataEntry\v
key (	\r
value (	:8"a

CancelInfo0
\frequest_time (\v2.google.protobuf.Timestamp
reason (	
	requester (	"^
	PauseInfo.

pause_time (\v2.google.protobuf.Timestamp
reason (	
	requester (	"ø
BacktestResult;
\x07metrics (\v2*.tradeforge.v1.BacktestResult.MetricsEntry
\vtrade_count (
equity_point_count (
\rresult_sha256 (	A

rejections (\v2-.tradeforge.v1.BacktestResult.RejectionsEntry+

rule_facts (\v2.tradeforge.v1.RuleFact7
costs\x07 (\v2(.tradeforge.v1.BacktestResult.CostsEntry'
\buses_aux\b (\v2.tradeforge.v1.AuxUse.
\fMetricsEntry\v
key (	\r
value (:81
RejectionsEntry\v
key (	\r
value (:8,

CostsEntry\v
key (	\r
value (:8"\xA0
\bRuleFact\f
name (	
first_defined_bar (H\0
undefined_bars (
	true_bars (H

instrument (B
_first_defined_barB\f

_true_bars"0
AuxUse

acted_rows (

stale_rows ("ó
OptimizationResult
	completed (
failed (

infeasible (/

best_trial (\v2\x1B.tradeforge.v1.TrialSummary/

top_trials (\v2\x1B.tradeforge.v1.TrialSummary-
\bfailures (\v2\x1B.tradeforge.v1.FailureGroup
\rresult_sha256\x07 (	"°
WalkForwardSpec/
search (\v2.tradeforge.v1.OptimizationSpec)
\x07rolling (\v2.tradeforge.v1.WindowsH\0*
\banchored (\v2.tradeforge.v1.WindowsH\03
in_sample_mode (2\x1B.tradeforge.v1.InSampleMode+
	smoothing (2.tradeforge.v1.Smoothing)
\bhandover\x07 (2.tradeforge.v1.HandoverB\b
scheme"z
\x07Windows
in_sample_days (
out_of_sample_days (
	step_days (

purge_days (
\fwindow_count ("
WalkForwardResult
	completed (
failed (
\fwindow_count (
empty_window_count (>
\x07metrics (\v2-.tradeforge.v1.WalkForwardResult.MetricsEntry

efficiency (H\0
rank_correlation\x07 (H
rank_correlation_t\b (H
profitable_window_count	 (/
	stability
 (\v2.tradeforge.v1.AxisStabilityB
	baselines\v (\v2/.tradeforge.v1.WalkForwardResult.BaselinesEntry
\rresult_sha256\r (	
\bsentence (	.
\x07carried (\v2.tradeforge.v1.CarriedAccount.
\fMetricsEntry\v
key (	\r
value (:80
BaselinesEntry\v
key (	\r
value (:8B\r
\v_efficiencyB
_rank_correlationB
_rank_correlation_tJ\b\f\r"ë
CarriedAccount-
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpec;
\x07metrics (\v2*.tradeforge.v1.CarriedAccount.MetricsEntry
\rresult_sha256 (	&
error (\v2.tradeforge.v1.RunError.
\fMetricsEntry\v
key (	\r
value (:8"Z
\rAxisStability\f
axis (	
	mean_jump (H\0
\rchanged_share (B\f

_mean_jump"ª\b
Window
\fwindow_index (+
	in_sample (\v2.tradeforge.v1.TimeRange/
\rout_of_sample (\v2.tradeforge.v1.TimeRange\x1B
selected_trial (H\01
params (\v2!.tradeforge.v1.Window.ParamsEntry 
in_sample_objective (HE
in_sample_metrics\x07 (\v2*.tradeforge.v1.Window.InSampleMetricsEntryL
out_of_sample_metrics\b (\v2-.tradeforge.v1.Window.OutOfSampleMetricsEntry7
	baselines	 (\v2$.tradeforge.v1.Window.BaselinesEntry
rank_correlation
 (H
out_of_sample_rank\v (H
\x07returns\f (
\finitial_cash\r (	
\rresult_sha256 (	-
\bfailures (\v2\x1B.tradeforge.v1.FailureGroupB
carried_metrics (\v2).tradeforge.v1.Window.CarriedMetricsEntryH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:86
InSampleMetricsEntry\v
key (	\r
value (:89
OutOfSampleMetricsEntry\v
key (	\r
value (:80
BaselinesEntry\v
key (	\r
value (:85
CarriedMetricsEntry\v
key (	\r
value (:8B
_selected_trialB
_in_sample_objectiveB
_rank_correlationB
_out_of_sample_rank"ð
ValidationSpec
run_id (	.
\vexcess_over (2.tradeforge.v1.ExcessOver
blocks (
bootstrap_count (
mean_block_days (\f
seed (
permutation_count\x07 (3
\rcombinatorial\b (\v2.tradeforge.v1.Combinatorial"t
\rCombinatorial
groups (
\vtest_groups (

purge_days (
\fembargo_days (H\0B
\r_embargo_days"

ValidationResult
\vtrial_count (
left_out_count (\f
days (
mean_block_days (
best_trial_index (
spa_p (H\0
\vspa_p_lower\x07 (H
\vspa_p_upper\b (H
reality_check_p	 (H
\rpermutation_p
 (H
pbo\v (H 
probability_of_loss\f (H
degradation_slope\r (H\x07\x1B
degradation_r2 (H\b
\bpsr_2012 (H	
\bpsr_2026 (H

\bdsr_2014 (H\v"
min_track_record_days (H\f\x1B
implied_trials (H\r
discoveries_bh (
discoveries_by (
discoveries_stepm (
\rresult_sha256 (	:
deflated_curve (\v2".tradeforge.v1.DeflatedSharpeRatio
min_backtest_days (H 
best_sharpe_per_day (H
\bsentence\x1B (	#
discoveries_bonferroni (H
discoveries_holm (H

tried_ever (H
\bdsr_ever (H
\vdsr_implied  (H)
paths! (\v2.tradeforge.v1.PathSummaryB\b
_spa_pB
\f_spa_p_lowerB
\f_spa_p_upperB
_reality_check_pB
_permutation_pB
_pboB
_probability_of_lossB
_degradation_slopeB
_degradation_r2B\v
	_psr_2012B\v
	_psr_2026B\v
	_dsr_2014B
_min_track_record_daysB
_implied_trialsB
_min_backtest_daysB
_best_sharpe_per_dayB
_discoveries_bonferroniB
_discoveries_holmB\r
\v_tried_everB\v
	_dsr_everB
\f_dsr_implied"
\vPathSummary

path_count (
\vsplit_count (
	quantiles (
share_below_zero (H\0
chosen_trial_count (B
_share_below_zero":
DeflatedSharpeRatio
trials (
\vprobability ("o
\fFailureGroup
reason (	
\x07message (	\r
count (
sample_trial_index (
\vstack_trace (	"
RobustnessSpec)
base (\v2\x1B.tradeforge.v1.BacktestSpec\f
seed (

path_count (
mean_block_days (
neighbour_steps (
	box_count\x07 (
	box_steps\b (
commission_factors	 (
slippage_ticks
 (
start_shift_days\v (
\vnoise_count\f (\r
noise\r (
\vruin_levels (,
parts (2.tradeforge.v1.RobustnessPart

delay_bars (
random_entry_count ("ú\b
RobustnessResult=
\x07metrics (\v2,.tradeforge.v1.RobustnessResult.MetricsEntry(
\x1Bbreakeven_commission_factor (H\0 
probability_of_loss (H
\fdrawdown_p95 (H
neighbour_count ($
neighbours_keeping_half (H
\rresult_sha256\x07 (	
\bsentence\b (	
backtest_sha256	 (	
	completed
 (
failed\v (\f
days\f (

path_count\r (
mean_block_days (H,
\x07spreads (\v2\x1B.tradeforge.v1.FigureSpread,
ruin (\v2.tradeforge.v1.RuinProbability%
breakeven_slippage_ticks (H'
greatest_commission_factor (H
\vstart_count (
starts_with_profit (
\vnoise_count (
noise_with_profit ('
first_delay_without_profit (H\x07'
greatest_delay_with_profit (H\b
random_entry_count (#
random_entries_as_good (H	.
\fMetricsEntry\v
key (	\r
value (:8B
_breakeven_commission_factorB
_probability_of_lossB
\r_drawdown_p95B
_neighbours_keeping_halfB
_mean_block_daysB\x1B
_breakeven_slippage_ticksB
\x1B_greatest_commission_factorB
\x1B_first_delay_without_profitB
\x1B_greatest_delay_with_profitB
_random_entries_as_good"q
\fFigureSpread
metric (	
\bobserved (H\0
rank (H
	quantiles (B\v
	_observedB\x07
_rank"5
RuinProbability\r
level (
\vprobability ("Ø
\x07Variant\r
place (+
part (2.tradeforge.v1.RobustnessPart\f
name (	
amount (2
params (\v2".tradeforge.v1.Variant.ParamsEntry4
\x07metrics (\v2#.tradeforge.v1.Variant.MetricsEntry
\x07failure\x07 (	H
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8.
\fMetricsEntry\v
key (	\r
value (:8"
	RunStatus
run_id (	$
kind (2.tradeforge.v1.RunKind&
state (2.tradeforge.v1.RunState
\x07attempt (
\bsequence ()
\bprogress (\v2.tradeforge.v1.Progress1
\bbacktest\x07 (\v2.tradeforge.v1.BacktestResultH\09
\foptimization\b (\v2!.tradeforge.v1.OptimizationResultH\08
\fwalk_forward (\v2 .tradeforge.v1.WalkForwardResultH\05

validation (\v2.tradeforge.v1.ValidationResultH\05

robustness (\v2.tradeforge.v1.RobustnessResultH\0&
error	 (\v2.tradeforge.v1.RunError)
cancel
 (\v2.tradeforge.v1.CancelInfo/
\vcreate_time\v (\v2.google.protobuf.Timestamp.

start_time\f (\v2.google.protobuf.Timestamp,
\bend_time\r (\v2.google.protobuf.Timestamp'
\x07waiting (\v2.tradeforge.v1.Waiting'
pause (\v2.tradeforge.v1.PauseInfoB\b
result"u
\x07Waiting)
reason (2.tradeforge.v1.WaitReason.

since_time (\v2.google.protobuf.Timestamp
\x07message (	"Û
Run
run_id (	
\x07run_key (	$
kind (2.tradeforge.v1.RunKind/
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpecH\07
\foptimization (\v2.tradeforge.v1.OptimizationSpecH\06
\fwalk_forward\v (\v2.tradeforge.v1.WalkForwardSpecH\03

validation\f (\v2.tradeforge.v1.ValidationSpecH\03

robustness\r (\v2.tradeforge.v1.RobustnessSpecH\0(
status (\v2.tradeforge.v1.RunStatus
\fdisplay_name\x07 (	.
labels\b (\v2.tradeforge.v1.Run.LabelsEntry
engine_version	 (	\r
owner
 (	\r
notes (	
\bpriority (,
\bdeadline (\v2.google.protobuf.Timestamp1
compute_budget (\v2.google.protobuf.Duration\f
etag (	
money_decimals (/
\fcompute_time (\v2.google.protobuf.Duration
continue_run_id (	
extended_run_id (	(
origin (\v2.tradeforge.v1.RunOrigin-
\vLabelsEntry\v
key (	\r
value (	:8B
spec"
	RunOrigin
run_id (	
manifest_sha256 (	
\x07version (	/
\vimport_time (\v2.google.protobuf.Timestamp

recomputed (\b*¢
\x07RunKind
RUN_KIND_UNSPECIFIED\0
RUN_KIND_BACKTEST
RUN_KIND_OPTIMIZATION
RUN_KIND_WALK_FORWARD
RUN_KIND_VALIDATION
RUN_KIND_ROBUSTNESS*±
\bRunState
RUN_STATE_UNSPECIFIED\0
RUN_STATE_PENDING
RUN_STATE_RUNNING
RUN_STATE_COMPLETED
RUN_STATE_FAILED
RUN_STATE_CANCELLED
RUN_STATE_PAUSED*x

TrialState\x1B
TRIAL_STATE_UNSPECIFIED\0
TRIAL_STATE_COMPLETED
TRIAL_STATE_FAILED
TRIAL_STATE_INFEASIBLE*B
Goal
GOAL_UNSPECIFIED\0
\rGOAL_MAXIMIZE
\rGOAL_MINIMIZE*_
\fProgressUnit
PROGRESS_UNIT_UNSPECIFIED\0
PROGRESS_UNIT_BARS
PROGRESS_UNIT_TRIALS*r
EntryBarPolicy 
ENTRY_BAR_POLICY_UNSPECIFIED\0
\x1BENTRY_BAR_POLICY_WORST_CASE
ENTRY_BAR_POLICY_NEXT_BAR*
EndOfRunPolicy!
END_OF_RUN_POLICY_UNSPECIFIED\0
\x1BEND_OF_RUN_POLICY_MARK_OPEN)
%END_OF_RUN_POLICY_CLOSE_AT_LAST_CLOSE*u
\bHandover
HANDOVER_UNSPECIFIED\0
HANDOVER_ADOPT
HANDOVER_CLOSE
HANDOVER_RUN_OFF
\rHANDOVER_KEEP*¨

Comparison
COMPARISON_UNSPECIFIED\0
COMPARISON_LESS
COMPARISON_LESS_EQUAL
COMPARISON_GREATER
COMPARISON_GREATER_EQUAL
COMPARISON_NOT_EQUAL*V
Across
ACROSS_UNSPECIFIED\0
\vACROSS_MEAN
\rACROSS_MEDIAN
\fACROSS_LEAST*q

ExcessOver\x1B
EXCESS_OVER_UNSPECIFIED\0
EXCESS_OVER_EXPOSURE
EXCESS_OVER_ZERO
EXCESS_OVER_MARKET*c
\fInSampleMode
IN_SAMPLE_MODE_UNSPECIFIED\0
IN_SAMPLE_MODE_CARRIED
IN_SAMPLE_MODE_FLAT*P
	Smoothing
SMOOTHING_UNSPECIFIED\0
SMOOTHING_NONE
SMOOTHING_MEDIAN*
RobustnessPart
\x1BROBUSTNESS_PART_UNSPECIFIED\0
ROBUSTNESS_PART_RESAMPLING
ROBUSTNESS_PART_NEIGHBOURS
ROBUSTNESS_PART_COSTS
ROBUSTNESS_PART_STARTS
ROBUSTNESS_PART_NOISE
ROBUSTNESS_PART_DELAYS"
ROBUSTNESS_PART_RANDOM_ENTRIES\x07*}

WaitReason\x1B
WAIT_REASON_UNSPECIFIED\0
WAIT_REASON_QUEUE
WAIT_REASON_STORAGE_FULL
WAIT_REASON_STORAGE_ERRORbproto3`),[o,l]),ne=r(p,10),re=r(p,29),ie=r(p,55),ae=r(p,56),m=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.BACKTEST=1]=`BACKTEST`,e[e.OPTIMIZATION=2]=`OPTIMIZATION`,e[e.WALK_FORWARD=3]=`WALK_FORWARD`,e[e.VALIDATION=4]=`VALIDATION`,e[e.ROBUSTNESS=5]=`ROBUSTNESS`,e}({}),h=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.PENDING=1]=`PENDING`,e[e.RUNNING=2]=`RUNNING`,e[e.COMPLETED=3]=`COMPLETED`,e[e.FAILED=4]=`FAILED`,e[e.CANCELLED=5]=`CANCELLED`,e[e.PAUSED=6]=`PAUSED`,e}({}),oe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.COMPLETED=1]=`COMPLETED`,e[e.FAILED=2]=`FAILED`,e[e.INFEASIBLE=3]=`INFEASIBLE`,e}({}),g=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MAXIMIZE=1]=`MAXIMIZE`,e[e.MINIMIZE=2]=`MINIMIZE`,e}({}),se=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.BARS=1]=`BARS`,e[e.TRIALS=2]=`TRIALS`,e}({}),ce=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.WORST_CASE=1]=`WORST_CASE`,e[e.NEXT_BAR=2]=`NEXT_BAR`,e}({}),le=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MARK_OPEN=1]=`MARK_OPEN`,e[e.CLOSE_AT_LAST_CLOSE=2]=`CLOSE_AT_LAST_CLOSE`,e}({}),ue=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.ADOPT=1]=`ADOPT`,e[e.CLOSE=2]=`CLOSE`,e[e.RUN_OFF=3]=`RUN_OFF`,e[e.KEEP=4]=`KEEP`,e}({}),de=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.LESS=1]=`LESS`,e[e.LESS_EQUAL=2]=`LESS_EQUAL`,e[e.GREATER=3]=`GREATER`,e[e.GREATER_EQUAL=4]=`GREATER_EQUAL`,e[e.NOT_EQUAL=5]=`NOT_EQUAL`,e}({}),fe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MEAN=1]=`MEAN`,e[e.MEDIAN=2]=`MEDIAN`,e[e.LEAST=3]=`LEAST`,e}({}),pe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.CARRIED=1]=`CARRIED`,e[e.FLAT=2]=`FLAT`,e}({}),me=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.NONE=1]=`NONE`,e[e.MEDIAN=2]=`MEDIAN`,e}({}),he=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.RESAMPLING=1]=`RESAMPLING`,e[e.NEIGHBOURS=2]=`NEIGHBOURS`,e[e.COSTS=3]=`COSTS`,e[e.STARTS=4]=`STARTS`,e[e.NOISE=5]=`NOISE`,e[e.DELAYS=6]=`DELAYS`,e[e.RANDOM_ENTRIES=7]=`RANDOM_ENTRIES`,e}({}),ge=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.QUEUE=1]=`QUEUE`,e[e.STORAGE_FULL=2]=`STORAGE_FULL`,e[e.STORAGE_ERROR=3]=`STORAGE_ERROR`,e}({}),_=t(),v=s(btoa(`
tradeforge/v1/run_service.proto\rtradeforge.v1"Ç
\rSubmitRequest/
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpecH\07
\foptimization (\v2.tradeforge.v1.OptimizationSpecH\06
\fwalk_forward	 (\v2.tradeforge.v1.WalkForwardSpecH\03

validation
 (\v2.tradeforge.v1.ValidationSpecH\03

robustness\v (\v2.tradeforge.v1.RobustnessSpecH\00
\freuse_policy (2.tradeforge.v1.ReusePolicy

request_id (	
\rvalidate_only (\b
\fdisplay_name (	8
labels\x07 (\v2(.tradeforge.v1.SubmitRequest.LabelsEntry
\bpriority\b (\r
notes\f (	,
\bdeadline\r (\v2.google.protobuf.Timestamp1
compute_budget (\v2.google.protobuf.Duration
continue_run_id (	
\fretry_failed (\b
\rextend_run_id (	-
\vLabelsEntry\v
key (	\r
value (	:8B
spec"Ö
SubmitResponse
run_id (	
\x07run_key (	\r
total (&
state (2.tradeforge.v1.RunState
\bis_dedup (\b5
\vdisposition (2 .tradeforge.v1.SubmitDisposition
\bwarnings\x07 (	5
estimated_duration\b (\v2.google.protobuf.Duration
bars_per_second	 (H\0
\vwarmup_bars
 (HB
_bars_per_secondB
\f_warmup_bars"K
GetStatusRequest
run_id (	'
wait (\v2.google.protobuf.Duration"=
GetStatusResponse(
status (\v2.tradeforge.v1.RunStatus"¾
WatchProgressRequest
run_id (	\x1B
after_sequence (H\0/
\fmin_interval (\v2.google.protobuf.Duration5
heartbeat_interval (\v2.google.protobuf.DurationB
_after_sequence"\v
	Heartbeat"À
WatchProgressResponse
\bsequence (/
\vserver_time (\v2.google.protobuf.Timestamp,
\bsnapshot (\v2.tradeforge.v1.RunStatusH\0-
	heartbeat (\v2.tradeforge.v1.HeartbeatH\0B\x07
event"
WatchRunsRequest
\x07run_ids (	/
\fmin_interval (\v2.google.protobuf.Duration5
heartbeat_interval (\v2.google.protobuf.Duration"ª
WatchRunsResponse/
\vserver_time (\v2.google.protobuf.Timestamp,
\bsnapshot (\v2.tradeforge.v1.RunStatusH\0-
	heartbeat (\v2.tradeforge.v1.HeartbeatH\0B\x07
event"/
\rCancelRequest
run_id (	
reason (	":
CancelResponse(
status (\v2.tradeforge.v1.RunStatus".
\fPauseRequest
run_id (	
reason (	"9
\rPauseResponse(
status (\v2.tradeforge.v1.RunStatus"
\rResumeRequest
run_id (	":
ResumeResponse(
status (\v2.tradeforge.v1.RunStatus"
\rGetRunRequest
run_id (	"1
GetRunResponse
run (\v2.tradeforge.v1.Run"Ó
UpdateRunRequest
run_id (	/
\vupdate_mask (\v2.google.protobuf.FieldMask\f
etag (	
\fdisplay_name (	\r
notes (	;
labels (\v2+.tradeforge.v1.UpdateRunRequest.LabelsEntry,
\bdeadline\x07 (\v2.google.protobuf.Timestamp1
compute_budget\b (\v2.google.protobuf.Duration-
\vLabelsEntry\v
key (	\r
value (	:8"4
UpdateRunResponse
run (\v2.tradeforge.v1.Run"Z
ListRunsRequest
	page_size (

page_token (	
filter (	
\border_by (	"a
ListRunsResponse 
runs (\v2.tradeforge.v1.Run
next_page_token (	

total_size ("z
CancelRunsRequest
filter (	
reason (	
\rvalidate_only (\b\x1B
expected_count (H\0B
_expected_count"\`
CancelRunsResponse
\x07matched (
	cancelled (
denied (
sample_run_ids (	"j
DeleteRunsRequest
filter (	
\rvalidate_only (\b\x1B
expected_count (H\0B
_expected_count"^
DeleteRunsResponse
\x07matched (
\x07deleted (
denied (
sample_run_ids (	""
DeleteRunRequest
run_id (	"
DeleteRunResponse*
\vReusePolicy
REUSE_POLICY_UNSPECIFIED\0
REUSE_POLICY_JOIN_ACTIVE 
REUSE_POLICY_REUSE_COMPLETED\x1B
REUSE_POLICY_ALWAYS_NEW*
SubmitDisposition"
SUBMIT_DISPOSITION_UNSPECIFIED\0
SUBMIT_DISPOSITION_CREATED
SUBMIT_DISPOSITION_JOINED
SUBMIT_DISPOSITION_REUSED2ÿ\x07

RunServiceE
Submit.tradeforge.v1.SubmitRequest.tradeforge.v1.SubmitResponseN
	GetStatus.tradeforge.v1.GetStatusRequest .tradeforge.v1.GetStatusResponseE
Cancel.tradeforge.v1.CancelRequest.tradeforge.v1.CancelResponseB
Pause\x1B.tradeforge.v1.PauseRequest.tradeforge.v1.PauseResponseE
Resume.tradeforge.v1.ResumeRequest.tradeforge.v1.ResumeResponse\\
\rWatchProgress#.tradeforge.v1.WatchProgressRequest$.tradeforge.v1.WatchProgressResponse0P
	WatchRuns.tradeforge.v1.WatchRunsRequest .tradeforge.v1.WatchRunsResponse0E
GetRun.tradeforge.v1.GetRunRequest.tradeforge.v1.GetRunResponseN
	UpdateRun.tradeforge.v1.UpdateRunRequest .tradeforge.v1.UpdateRunResponseK
\bListRuns.tradeforge.v1.ListRunsRequest.tradeforge.v1.ListRunsResponseQ

CancelRuns .tradeforge.v1.CancelRunsRequest!.tradeforge.v1.CancelRunsResponseQ

DeleteRuns .tradeforge.v1.DeleteRunsRequest!.tradeforge.v1.DeleteRunsResponseN
	DeleteRun.tradeforge.v1.DeleteRunRequest .tradeforge.v1.DeleteRunResponsebproto3`),[o,a,l,p]),_e=r(v,0),ve=r(v,8),ye=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.JOIN_ACTIVE=1]=`JOIN_ACTIVE`,e[e.REUSE_COMPLETED=2]=`REUSE_COMPLETED`,e[e.ALWAYS_NEW=3]=`ALWAYS_NEW`,e}({}),be=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.CREATED=1]=`CREATED`,e[e.JOINED=2]=`JOINED`,e[e.REUSED=3]=`REUSED`,e}({}),xe=i(v,0),y=s(btoa(`
$tradeforge/v1/strategy_service.proto\rtradeforge.v1"ë
\bStrategy\f
name (	
\x07version (	
\fdisplay_name (	
\vdescription (	(
params (\v2.tradeforge.v1.ParamSpec*
\x07metrics (\v2.tradeforge.v1.MetricSpec-
origin\x07 (2.tradeforge.v1.StrategyOrigin
\vrule_sha256\b (	
source	 (	/
\vcreate_time
 (\v2.google.protobuf.Timestamp
\vwarmup_bars (H\0
\bhas_text (\bB
\f_warmup_bars"&
CheckStrategyRequest
source (	"Â
CheckStrategyResponse.
\vdiagnostics (\v2.tradeforge.v1.Diagnostic)
\bstrategy (\v2.tradeforge.v1.Strategy

node_count (
\vwarmup_bars (.
\vspeed_class (2.tradeforge.v1.SpeedClass
\fspeed_reason (	
\x07markets\x07 (	

timeframes\b (	
\vrule_sha256	 (	%
auxes
 (\v2.tradeforge.v1.RuleAux"(
\x07RuleAux\f
name (	
\x07columns (	"

Diagnostic)
\bseverity (2.tradeforge.v1.Severity\f
code (	
\x07message (	\f
line (
column (
length (

suggestion\x07 (	"
DescribeLanguageRequest"
DescribeLanguageResponse
\blanguage (	.
	functions (\v2\x1B.tradeforge.v1.FunctionSpec
\bkeywords (	
\x07prelude (	"j
\fFunctionSpec\f
name (	
	signature (	
\vdescription (	
\bcategory (	

definition (	"
ListStrategiesRequest"E
ListStrategiesResponse+

strategies (\v2.tradeforge.v1.Strategy"3
GetStrategyRequest\f
name (	
\x07version (	"R
GetStrategyResponse)
\bstrategy (\v2.tradeforge.v1.Strategy
\bversions (	"3
SaveStrategyRequest\f
name (	
source (	"~
SaveStrategyResponse)
\bstrategy (\v2.tradeforge.v1.Strategy
is_new (\b+
\bwarnings (\v2.tradeforge.v1.Diagnostic"%
DeleteStrategyRequest\f
name (	"
DeleteStrategyResponse*i
StrategyOrigin
\x1BSTRATEGY_ORIGIN_UNSPECIFIED\0\x1B
STRATEGY_ORIGIN_SHIPPED
STRATEGY_ORIGIN_SAVED*

SpeedClass\x1B
SPEED_CLASS_UNSPECIFIED\0
SPEED_CLASS_LEAP
SPEED_CLASS_WALK
SPEED_CLASS_REST
SPEED_CLASS_BARS*N
\bSeverity
SEVERITY_UNSPECIFIED\0
SEVERITY_ERROR
SEVERITY_WARNING2¿
StrategyService]
ListStrategies$.tradeforge.v1.ListStrategiesRequest%.tradeforge.v1.ListStrategiesResponseT
\vGetStrategy!.tradeforge.v1.GetStrategyRequest".tradeforge.v1.GetStrategyResponseW
\fSaveStrategy".tradeforge.v1.SaveStrategyRequest#.tradeforge.v1.SaveStrategyResponse]
DeleteStrategy$.tradeforge.v1.DeleteStrategyRequest%.tradeforge.v1.DeleteStrategyResponseZ
\rCheckStrategy#.tradeforge.v1.CheckStrategyRequest$.tradeforge.v1.CheckStrategyResponsec
DescribeLanguage&.tradeforge.v1.DescribeLanguageRequest'.tradeforge.v1.DescribeLanguageResponsebproto3`),[l,p]),Se=r(y,0),Ce=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.LEAP=1]=`LEAP`,e[e.WALK=2]=`WALK`,e[e.REST=3]=`REST`,e[e.BARS=4]=`BARS`,e}({}),we=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.ERROR=1]=`ERROR`,e[e.WARNING=2]=`WARNING`,e}({}),Te=i(y,0),Ee=s(btoa(`
"tradeforge/v1/system_service.proto\rtradeforge.v1"É
Limits
max_trials_per_run (
max_queued_runs (
max_watch_streams (
max_message_bytes (
max_series_bytes ("
max_watch_streams_per_peer (
\rmax_page_size\x07 (
\bmax_axes\b (
max_requests_per_second	 (
max_instruments (
max_run_bars_bytes (
max_import_bars ("
GetServerInfoRequest"
GetServerInfoResponse
\x07version (	
\fgit_revision (	
engine_version (	
worker_threads (%
limits (\v2.tradeforge.v1.Limits
\frunning_runs (
\fpending_runs\x07 ()
uptime\b (\v2.google.protobuf.Duration#
fleet	 (\v2.tradeforge.v1.Fleet"p
Fleet\f
name (	
\fis_broker_up (\b
\x07workers (\r
slots (

busy_slots (
\x07problem (	";
ListWorkersRequest
	page_size (

page_token (	"V
ListWorkersResponse&
\x07workers (\v2.tradeforge.v1.Worker
next_page_token (	"Î
Worker
	worker_id (	\f
name (	\f
host (	)
state (2.tradeforge.v1.WorkerState\r
slots (

busy_slots (
chunks\x07 (
trials\b (
trials_per_second	 (-

silent_for
 (\v2.google.protobuf.Duration
\x07version\v (	
\fgit_revision\f (	
\farchitecture\r (	
\x07run_ids (	
\x07problem (	*É
\vWorkerState
WORKER_STATE_UNSPECIFIED\0
WORKER_STATE_READY
WORKER_STATE_LEAVING
WORKER_STATE_SILENT
WORKER_STATE_OTHER_BUILD
WORKER_STATE_UNABLE
WORKER_STATE_SET_ASIDE2Á
\rSystemServiceZ
\rGetServerInfo#.tradeforge.v1.GetServerInfoRequest$.tradeforge.v1.GetServerInfoResponseT
\vListWorkers!.tradeforge.v1.ListWorkersRequest".tradeforge.v1.ListWorkersResponsebproto3`),[o]),De=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.READY=1]=`READY`,e[e.LEAVING=2]=`LEAVING`,e[e.SILENT=3]=`SILENT`,e[e.OTHER_BUILD=4]=`OTHER_BUILD`,e[e.UNABLE=5]=`UNABLE`,e[e.SET_ASIDE=6]=`SET_ASIDE`,e}({}),Oe=i(Ee,0),b=ee({baseUrl:globalThis.location?.origin??``}),x={runs:u(xe,b),strategies:u(Te,b),system:u(Oe,b)},S=[h.PENDING,h.RUNNING,h.PAUSED,h.COMPLETED,h.FAILED,h.CANCELLED];function C(e){return e===h.COMPLETED||e===h.FAILED||e===h.CANCELLED}function w(e){return h[e]??`UNKNOWN`}function ke(e){if(e.cancel&&!C(e.state))return`Stopping`;switch(e.state){case h.PENDING:return`Queued`;case h.RUNNING:return`Running`;case h.PAUSED:return`Paused`;case h.COMPLETED:return`Completed`;case h.FAILED:return`Failed`;case h.CANCELLED:return`Cancelled`;default:return`Unknown`}}var Ae=250,je=5e3,T=new class{#e=new Map;#t=new Set;#n=new Set;#r=-1/0;#i;accept(e){let t=this.#e.get(e.runId);if(t&&t.sequence>=e.sequence)return!1;if(this.#e.set(e.runId,e),this.#a(),this.#o(),t?.state!==e.state)for(let e of this.#n)e();return!0}forget(e){this.#e.delete(e),this.#o()}status(e){return this.#e.get(e)}subscribe=e=>(this.#t.add(e),()=>this.#t.delete(e));onStateChange(e){return this.#n.add(e),()=>this.#n.delete(e)}#a(){if(!(this.#e.size<=je)){for(let[e,t]of this.#e)if(C(t.state)){this.#e.delete(e);return}}}#o(){if(this.#i!==void 0)return;let e=this.#r+Ae-performance.now();e<=0?this.#s():this.#i=setTimeout(()=>this.#s(),e)}#s(){this.#i=void 0,this.#r=performance.now();for(let e of this.#t)e()}};function Me(e,t){let n=(0,f.useCallback)(()=>T.status(e),[e]);return Ne((0,f.useSyncExternalStore)(T.subscribe,n),t)}function Ne(e,t){return!t||e&&e.sequence>=t.sequence?e:t}var Pe=500,Fe=1e4,Ie=1e4,Le=12e3,Re=new Set([c.InvalidArgument,c.NotFound,c.AlreadyExists,c.PermissionDenied,c.FailedPrecondition,c.OutOfRange,c.Unimplemented,c.Unauthenticated]);function ze(e){return Math.min(Pe*2**Math.max(0,e-1),Fe)}function Be(e){let t=!1;return E(()=>{let n=new AbortController;return t||D(e,n.signal).then(e=>{t||=e}),r=>{n.abort(),!t&&!r&&e.onPhase({name:`paused`})}})}function E(e){let t,n,r=()=>{clearTimeout(n),document.visibilityState===`hidden`?t&&(n=setTimeout(()=>{t?.(!1),t=void 0},Ie)):t??=e()};return document.addEventListener(`visibilitychange`,r),r(),()=>{clearTimeout(n),document.removeEventListener(`visibilitychange`,r),t?.(!0)}}async function D(e,t){let n=0;for(;!t.aborted;){n===0&&e.onPhase({name:`connecting`});let r=new d(`the stream ended`,c.Unavailable);try{if(await Ve(e,t,()=>{n=0,e.onPhase({name:`open`})}),e.ends&&!t.aborted)return e.onPhase({name:`ended`}),!0}catch(e){r=e}if(t.aborted)return!1;if(Re.has(d.from(r).code))return e.onPhase({name:`refused`,error:r}),!0;n+=1,e.onPhase({name:`lost`,error:r}),await He(ze(n),t)}return!1}async function Ve(e,t,n){let r=new AbortController,i=e.silenceMs??Le,a=setTimeout(()=>r.abort(),i);try{let o=e.open(AbortSignal.any([t,r.signal]),n);for await(let n of o){if(clearTimeout(a),a=setTimeout(()=>r.abort(),i),t.aborted)return;e.onEvent(n)}}finally{clearTimeout(a)}}function He(e,t){return new Promise(n=>{let r=()=>{clearTimeout(i),t.removeEventListener(`abort`,r),globalThis.removeEventListener(`online`,r),n()},i=setTimeout(r,e);t.addEventListener(`abort`,r),globalThis.addEventListener(`online`,r)})}var O=s(btoa(`
google/rpc/error_details.proto
google.rpc"
	ErrorInfo
reason (	
domain (	5
\bmetadata (\v2#.google.rpc.ErrorInfo.MetadataEntry/
\rMetadataEntry\v
key (	\r
value (	:8";
	RetryInfo.
\vretry_delay (\v2.google.protobuf.Duration"2
	DebugInfo
\rstack_entries (	
detail (	"
\fQuotaFailure6

violations (\v2".google.rpc.QuotaFailure.ViolationÆ
	Violation
\x07subject (	
\vdescription (	
\vapi_service (	
\fquota_metric (	
\bquota_id (	Q
quota_dimensions (\v27.google.rpc.QuotaFailure.Violation.QuotaDimensionsEntry
\vquota_value\x07 (
future_quota_value\b (H\06
QuotaDimensionsEntry\v
key (	\r
value (	:8B
_future_quota_value"
PreconditionFailure=

violations (\v2).google.rpc.PreconditionFailure.Violation?
	Violation\f
type (	
\x07subject (	
\vdescription (	"Ì

BadRequest?
field_violations (\v2%.google.rpc.BadRequest.FieldViolation}
FieldViolation\r
field (	
\vdescription (	
reason (	7
localized_message (\v2.google.rpc.LocalizedMessage"7
\vRequestInfo

request_id (	
\fserving_data (	"\`
\fResourceInfo
\rresource_type (	
\rresource_name (	\r
owner (	
\vdescription (	"V
Help$
links (\v2.google.rpc.Help.Link(
Link
\vdescription (	\v
url (	"3
LocalizedMessage
locale (	
\x07message (	Bl
com.google.rpcBErrorDetailsProtoPZ?google.golang.org/genproto/googleapis/rpc/errdetails;errdetails¢RPCbproto3`),[o]),Ue=r(O,0),We=r(O,4),Ge=r(O,5);function Ke(e){let t=d.from(e),n=t.findDetails(Ge).flatMap(e=>e.fieldViolations).map(({field:e,description:t})=>({field:e,description:t})),r=t.findDetails(We).flatMap(e=>e.violations).map(({subject:e,description:t})=>({field:e,description:t}));return[...n,...r]}function qe(e){return d.from(e).findDetails(Ue)[0]?.reason}function k(e){let t=d.from(e);return{kind:Je(t),message:t.rawMessage,reason:qe(t),fields:Ke(t)}}function Je(e){switch(e.code){case c.Unavailable:return`unreachable`;case c.Unknown:case c.Internal:return e.details.length===0?`unreachable`:`other`;case c.NotFound:return`not-found`;case c.InvalidArgument:return`invalid`;case c.ResourceExhausted:return`busy`;default:return`other`}}var A=new Intl.NumberFormat(`en-US`,{maximumFractionDigits:0}),Ye=new Intl.NumberFormat(`en-US`,{notation:`compact`,maximumFractionDigits:1}),j=Array.from({length:9},(e,t)=>new Intl.NumberFormat(`en-US`,{minimumFractionDigits:t,maximumFractionDigits:t})),Xe=[2,4,6].map(e=>new Intl.NumberFormat(`en-US`,{maximumFractionDigits:e}));function M(e){return L(e)?A.format(e):`–`}function N(e){return L(e)?Ye.format(e):`–`}function P(e,t=2){return L(e)?(j[t]??A).format(R(e,t)):`–`}function F(e,t=1){return L(e)?`${P(e*100,t)} %`:`–`}function Ze(e,t=2){let n=P(e,t);return L(e)&&R(e,t)>0?`+${n}`:n}function I(e){if(!L(e))return`–`;let t=Math.abs(e);return t!==0&&(t<1e-4||t>=0xe8d4a51000)?e.toExponential(3):(Xe[t>=1e3?0:t>=1?1:2]??A).format(e)}function Qe(e){let t=0;for(let n of e){let[,e]=String(n).split(`e-`),r=String(n).split(`.`)[1]?.length??0;t=Math.max(t,e?j.length:r)}return Math.min(t,j.length-1)}function $e(e){return!L(e)||e<=0?`–`:`${e<10?P(e,1):e<1e5?M(Math.round(e)):N(e)}/s`}function et(e){if(!L(e))return`–`;let t=[`B`,`kB`,`MB`,`GB`,`TB`],n=Number(e),r=0;for(;n>=1e3&&r<t.length-1;)n/=1e3,r+=1;return`${P(n,r===0||n>=100?0:1)} ${t[r]}`}function L(e){return e!==void 0&&(typeof e==`bigint`||Number.isFinite(e))}function R(e,t){return Math.abs(e)<.5/10**t?0:e}var z={button:`_button_1u72h_1`,primary:`_primary_1u72h_31`,danger:`_danger_1u72h_41`,quiet:`_quiet_1u72h_50`,small:`_small_1u72h_60`};function B({look:e=`plain`,small:t}){return[z.button,z[e],t&&z.small].filter(Boolean).join(` `)}function tt({look:e,small:t,...n}){return(0,_.jsx)(`button`,{type:`button`,className:B({look:e,small:t}),...n})}function nt({look:e,small:t,...n}){return(0,_.jsx)(`a`,{className:B({look:e,small:t}),download:!0,...n})}function rt({look:e,small:t,...n}){return(0,_.jsx)(te,{className:B({look:e,small:t}),...n})}var it=6e3,V=[],H=0,U=new Set;function at(e,t){H+=1;let n=H;G([...V.filter(e=>e.text!==t),{id:n,look:e,text:t}]),e===`good`&&setTimeout(()=>W(n),it)}function W(e){G(V.filter(t=>t.id!==e))}function G(e){V=e;for(let e of U)e()}function ot(e){return U.add(e),()=>U.delete(e)}function st(){return(0,f.useSyncExternalStore)(ot,()=>V)}var K=[];async function ct(){for(let e of K)await e().catch(()=>{})}function lt(e,t=null,{isPrefetched:n=!0}={}){let r;return n&&K.push(e),function(n){let[i,a]=(0,f.useState)({Component:r}),[o,s]=(0,f.useState)(),{Component:c}=i;if((0,f.useEffect)(()=>{c||e().then(e=>{r=e.default,a({Component:r})},e=>s({error:e}))},[c]),o)throw o.error;return c?(0,_.jsx)(c,{...n}):t}}var ut=(function(){let e=typeof document<`u`&&document.createElement(`link`).relList;return e&&e.supports&&e.supports(`modulepreload`)?`modulepreload`:`preload`})(),dt=function(e){return`/`+e},ft={},pt=function(e){return e.pathname.endsWith(`.css`)},mt=function(e,t,n){if(t in e)return e[t];let r=n();if(!r){e[t]=void 0;return}let i=r.then(()=>{e[t]=void 0},n=>{throw e[t]=void 0,n});return e[t]=i,i},ht=function(e,t,n){let r=Promise.resolve();if(t&&t.length>0){let e,i=document.querySelector(`meta[property=csp-nonce]`),a=i?.nonce||i?.getAttribute(`nonce`);function o(e){return Promise.all(e.map(e=>Promise.resolve(e).then(e=>({status:`fulfilled`,value:e}),e=>({status:`rejected`,reason:e}))))}function s(e){return import.meta.resolve?new URL(import.meta.resolve(e)):new URL(e,import.meta.url)}r=o(t.map(t=>{t=dt(t,n);let r=s(t),i=pt(r);return mt(ft,r.href,()=>{if(e===void 0){e={all:new Set,styles:new Set};let t=document.getElementsByTagName(`link`);for(let n=t.length-1;n>=0;n--){let r=t[n];e.all.add(r.href),r.rel===`stylesheet`&&e.styles.add(r.href)}}if((i?e.styles:e.all).has(r.href))return;let t=document.createElement(`link`);if(t.rel=i?`stylesheet`:ut,i||(t.as=`script`),t.crossOrigin=``,t.href=r.href,a&&t.setAttribute(`nonce`,a),document.head.appendChild(t),i)return new Promise((e,n)=>{let i=a=>{t.removeEventListener(`load`,i),t.removeEventListener(`error`,i),a.type===`error`?n(Error(`Unable to preload CSS for ${r}`)):e(a)};t.addEventListener(`load`,i),t.addEventListener(`error`,i)})})}).filter(e=>e!==void 0))}function i(e){let t=new Event(`vite:preloadError`,{cancelable:!0});if(t.payload=e,window.dispatchEvent(t),!t.defaultPrevented)throw e}return r.then(t=>{for(let e of t||[])e.status===`rejected`&&i(e.reason);return e().catch(i)})},q=[`progress`,`result`,`time`],gt=64,_t=10,vt=`-create_time`,yt={backtest:m.BACKTEST,optimization:m.OPTIMIZATION,walk_forward:m.WALK_FORWARD,validation:m.VALIDATION,robustness:m.ROBUSTNESS},bt=/^-?[a-z][a-z0-9_]{0,63}$/;function xt(e){let t=(e.get(`state`)??``).toUpperCase().split(`,`),n=e.get(`order`)??``,r=new Set((e.get(`columns`)??``).split(`,`).filter(e=>bt.test(e)));return{states:S.filter(e=>t.includes(w(e))),kind:yt[e.get(`kind`)??``],text:e.get(`filter`)??``,order:bt.test(n)&&n!==vt?n:``,columns:r.size>0?[...r].slice(0,24):q}}function St(e){let t=new URLSearchParams;return e.states.length>0&&t.set(`state`,e.states.map(e=>w(e).toLowerCase()).join(`,`)),e.kind!==void 0&&t.set(`kind`,(m[e.kind]??``).toLowerCase()),e.text!==``&&t.set(`filter`,e.text),e.order!==``&&t.set(`order`,e.order),e.columns.join()!==q.join()&&t.set(`columns`,e.columns.join(`,`)),t.toString()}function Ct({states:e,kind:t,text:n}){let r=[];e.length>0&&r.push(Ot(e.map(e=>`state = ${w(e)}`))),t!==void 0&&r.push(`kind = ${m[t]}`);let i=n.trim();return i!==``&&r.push(Et(i)?`(${i})`:Dt(i)),r.join(` AND `)}function wt({order:e}){let t=e||vt;return t.startsWith(`-`)?`${t.slice(1)} desc`:`${t} asc`}function Tt(e){return Ct(e)!==``}function Et(e){return/[=<>]/.test(e)}function Dt(e){return e.split(/\s+/).map(e=>`text = "${[...e].slice(0,gt).join(``).replaceAll(`\\`,`\\\\`).replaceAll(`"`,`\\"`)}"`).slice(0,_t).join(` AND `)}function Ot(e){return e.length===1?e[0]??``:`(${e.join(` OR `)})`}function kt(e){return Number(e.seconds)*1e3+Math.floor(e.nanos/1e6)}function At(e,t){return e===void 0||!Number.isFinite(e)?`–`:Rt(e,t).toISOString().slice(0,19).replace(`T`,` `)}function J(e,t){return e?At(kt(e),t):`–`}function jt(e,t){return J(e,t).slice(0,16)}function Mt(e,t){if(!e)return`–`;let n=jt(e,t);return n.endsWith(` 00:00`)?n.slice(0,10):n}function Nt(e){return e?`${J(e,`utc`)} UTC · ${J(e,`local`)} local`:``}function Pt(e){return Number(e.seconds)+e.nanos/1e9}function Ft(e){return Lt(e&&Pt(e))}function It(e){if(!(e>=1))return`less than a second`;let t=10**Math.max(0,Math.floor(Math.log10(e))),[n,r]=e<60?[t,`s`]:e<5400?[60,`min`]:[3600,`h`],i=Math.max(1,Math.round(e/n));return`about ${r===`s`?i*t:M(i)} ${r}`}function Lt(e){if(e===void 0||!Number.isFinite(e))return`–`;if(e>=0&&e<5e-4)return`< 1 ms`;if(e<.9995)return`${Math.round(e*1e3)} ms`;if(e<59.95)return`${e.toFixed(1)} s`;let t=Math.round(e),n=[{size:86400,name:`d`,next:`h`,part:3600},{size:3600,name:`h`,next:`min`,part:60},{size:60,name:`min`,next:`s`,part:1}].find(({size:e})=>t>=e)??{size:60,name:`min`,next:`s`,part:1},r=Math.floor(t%n.size/n.part);return`${M(Math.floor(t/n.size))} ${n.name} ${String(r).padStart(2,`0`)} ${n.next}`}function Rt(e,t){let n=new Date(e);return t===`utc`?n:new Date(e-n.getTimezoneOffset()*6e4)}function Y(e){switch(e?.kind.case){case`intValue`:return e.kind.value.toString();case`doubleValue`:return String(e.kind.value);case`boolValue`:return e.kind.value?`true`:`false`;case`stringValue`:return e.kind.value;default:return`–`}}function X(e){return Object.keys(e).sort((t,n)=>Number(zt(e[t]))-Number(zt(e[n]))||(t<n?-1:1)).map(t=>`${t}=${Y(e[t])}`).join(` `)}function zt(e){return e?.kind.case===`stringValue`||e?.kind.case===`boolValue`}function Bt(e,t){switch(t){case`fraction`:return F(e,2);case`money`:case`ratio`:return P(e,2);case`count`:return M(e);case`days`:case`bars`:{let n=I(e&&Math.round(e*10)/10);return n===`–`?n:`${n} ${n===`1`?t.slice(0,-1):t}`}default:return I(e)}}function Vt(e){let t=e=>e?.strategy?.source?{...e,strategy:{...e.strategy,name:``,version:``,ruleSha256:``}}:e;switch(e.spec.case){case`backtest`:return{case:`backtest`,value:t(e.spec.value)};case`optimization`:return{case:`optimization`,value:{...e.spec.value,base:t(e.spec.value.base)}};case`walkForward`:{let{search:n}=e.spec.value;return{case:`walkForward`,value:{...e.spec.value,search:n&&{...n,base:t(n.base)}}}}case`robustness`:return{case:`robustness`,value:{...e.spec.value,base:t(e.spec.value.base)}};default:return e.spec}}function Z(e){switch(e.spec.case){case`backtest`:return e.spec.value;case`optimization`:return e.spec.value.base;case`robustness`:return e.spec.value.base;case`walkForward`:return e.spec.value.search?.base;default:return}}function Ht(e){return Z(e)?.strategy?.name??``}function Ut(e){let{spec:t}=e,n=t.case===`validation`?`Validation of ${Qt(t.value.runId)}`:``;return Wt(e.displayName.trim())||Ht(e)||n||e.runId}function Wt(e){return e.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g,``)}function Gt({exchange:e,symbol:t,timeframe:n}){return`${e}:${t}@${n}`}function Kt(e){return e.spec.case===`optimization`&&e.spec.value.subscriptionAxis.length>0?e.spec.value.subscriptionAxis:Z(e)?.subscriptions??[]}function qt(e){switch(e.spec.case){case`backtest`:return X(e.spec.value.params)+Jt(e.spec.value);case`optimization`:return Q(e.spec.value);case`walkForward`:return e.spec.value.search?Q(e.spec.value.search):``;case`robustness`:return X(e.spec.value.base?.params??{});default:return``}}function Jt({schedule:e}){let t=e.length;return t===0?``:`, changing ${t===1?`once`:`${t} times`}`}function Q({axes:e,search:t}){return t.case===`points`?`${t.value.points.length} points of ${Xt(t.value.points).join(`, `)}`:e.map(Zt).join(` × `)}function Yt({axes:e,search:t}){return t.case===`points`?Xt(t.value.points):e.map(({name:e})=>e)}function Xt([e]){return Object.keys(e?.params??{}).sort()}function Zt({name:e,domain:t}){switch(t.case){case`intRange`:case`doubleRange`:{let{minValue:n,maxValue:r,step:i}=t.value;return`${e} ${n}…${r}${Number(i)===0||t.case===`intRange`&&Number(i)===1?``:`:${i}`}`}case`values`:return`${e} ${t.value.values.map(Y).join(`|`)}`;default:return e}}function Qt(e){return e.slice(-8)}async function $t(e){try{let t=await fetch(`/session`,{method:`POST`,headers:{"content-type":`application/json`},body:JSON.stringify({token:e.trim()})});return t.ok?void 0:await tn(t)}catch{return`the server does not answer`}}async function en(){await fetch(`/session`,{method:`DELETE`}),location.reload()}async function tn(e){let t=(await e.json().catch(()=>void 0))?.error?.message;return typeof t==`string`?t:`the server answered ${e.status}`}function nn(){let e=crypto.getRandomValues(new Uint8Array(16));return e[6]=(e[6]??0)&15|64,e[8]=(e[8]??0)&63|128,Array.from(e,e=>e.toString(16).padStart(2,`0`)).join(``).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/,`$1-$2-$3-$4-$5`)}function rn(e){return e?.values.value?.values??[]}function an({validity:e},t){return e.length===0||!!((e[t>>3]??0)&1<<(t&7))}function on({metric:e,goal:t}){let n={[g.MINIMIZE]:`-${e}`,[g.MAXIMIZE]:`${e}:max`};return t===g.UNSPECIFIED?e:n[t]}var sn=`stopped in the web client`,$=`create_time > 1970-01-01`,cn=10000n;async function ln(e,t){let n=[];for(let r of e)try{await t(r)}catch(e){n.push({runId:r,message:k(e).message})}return{done:e.length-n.length,failures:n}}function un(e){return e===`cancel`?e=>x.runs.cancel({runId:e,reason:sn}):e=>x.runs.deleteRun({runId:e})}async function dn(e,t,n){let r={filter:t||$,validateOnly:!0};return e===`cancel`?x.runs.cancelRuns(r,{signal:n}):x.runs.deleteRuns(r,{signal:n})}async function fn(e,t,n){let r=n;for(;r>0n;){let n={filter:t||$,expectedCount:r},i=e===`cancel`?(await x.runs.cancelRuns({...n,reason:sn})).cancelled:(await x.runs.deleteRuns(n)).deleted;if(r-=i,i<cn)break}return n-r}export{I as $,J as A,pe as At,ct as B,p as Bt,X as C,re as Ct,It as D,ce as Dt,Ft as E,le as Et,xt as F,ne as Ft,tt as G,W as H,Tt as I,me as It,Qe as J,nt as K,wt as L,oe as Lt,Pt as M,he as Mt,q as N,m as Nt,At as O,g as Ot,Ct as P,h as Pt,P as Q,St as R,ie as Rt,Y as S,fe as St,Mt as T,de as Tt,at as U,lt as V,st as W,N as X,et as Y,M as Z,Vt as _,Se as _t,on as a,Be as at,Ut as b,_e as bt,nn as c,Me as ct,Z as d,ke as dt,F as et,Zt as f,x as ft,Ht as g,Ce as gt,Qt as h,we as ht,ln as i,D as it,kt as j,se as jt,Lt as k,ue as kt,$t as l,S as lt,qt as m,De as mt,dn as n,Ze as nt,rn as o,E as ot,Gt as p,b as pt,rt as q,fn as r,k as rt,an as s,T as st,un as t,$e as tt,en as u,C as ut,Kt as v,ye as vt,Nt as w,ae as wt,Bt as x,ve as xt,Yt as y,be as yt,ht as z,ge as zt};