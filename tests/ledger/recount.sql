-- The recount: what is owed, paid and overdue on each day, from the same rows and by other means.
--
-- The ledger keeps a rest for each instalment and walks through it. Here nothing is kept: since
-- payments go to the oldest obligation first, what is settled is one number, the level up to which
-- the obligations in the order of their due days are filled. A walk over a loan's entries raises
-- the level; everything that is asked for follows from the level on a day.
--
-- Days are numbers since 1970-01-01; local time comes from a table of offsets.

create temp view latest as  -- the highest version of each key; repetitions fall together
select loan, key, max(version) as version from events group by loan, key;

create temp view facts as
select e.loan, e.key, e.kind, e.at_ms, e.amount, e.ref, e.payer,
       min(e.event_id) as event_id, e.target
from events e join latest using (loan, key, version)
group by e.loan, e.key;

create temp view returned as  -- what a return takes, after what undid it
select r.loan, r.ref,
       max(r.amount - coalesce((select sum(u.amount) from facts u
                                where u.loan = r.loan and u.kind = 'UNDO'
                                  and u.target in (select e.event_id from events e
                                                   where e.loan = r.loan and e.key = r.key)), 0),
           0) as amount
from facts r where r.kind = 'RETURN';

create temp view moved as  -- movements with what is left of them, on local wall clocks
select f.loan, f.key, f.kind, f.at_ms, f.payer,
       max(f.amount - coalesce((select sum(b.amount) from returned b
                                where b.loan = f.loan and b.ref = f.ref
                                  and f.kind = 'PAYMENT'), 0), 0) as amount,
       f.at_ms + (select o.offset_ms from offsets o where o.zone = l.zone and o.from_ms <= f.at_ms
                  order by o.from_ms desc limit 1) as wall_ms,
       l.cut_off_ms
from facts f join loans l using (loan)
where f.kind in ('PAYMENT', 'FEE', 'WAIVER');

create temp table counted as
select loan, key, kind, at_ms, payer, amount,
       wall_ms / 86400000 + (kind = 'PAYMENT' and cut_off_ms is not null
                             and wall_ms % 86400000 > cut_off_ms) as day
from moved where amount > 0;

-- Obligations: the first version's before the second took effect, the second's from then on; fees.
create temp table obligations as
select r.loan, r.due, r.amount, l.grace, -1 as known_ms
from rows r join loans l using (loan)
where (r.version = 1 and (l.second_at is null or r.due < l.second_at))
   or (r.version = 2 and r.due >= l.second_at)
union all
select loan, day, amount, 0, at_ms from counted where kind = 'FEE';
create index temp.obligations_by_loan on obligations (loan, due);

create temp table filled as
select loan, due, amount, grace, known_ms,
       sum(amount) over (partition by loan order by due, known_ms
                         rows unbounded preceding) as upto
from obligations;
create index temp.filled_by_loan on filled (loan, due);

-- Entries: what raises the level, in order. `ceiling` is what has fallen due by then; a fee of the
-- same day counts if it was charged before.
create temp table entries as
select a.course, x.loan, x.what, x.day, x.amount,
       coalesce((select max(f.upto) from filled f
                 where f.loan = x.loan and f.due <= x.day
                   and (f.due, f.known_ms) < (x.day, x.at_ms + (x.what = 'DUE') * 1e15)),
                0) as ceiling,
       row_number() over (partition by a.course, x.loan
                          order by x.day, x.at_ms, x.what) as number
from (select 'claim' as course union all select 'own') a,
     (select loan, case kind when 'WAIVER' then 'WAIVER' else 'PAYMENT' end as what,
             payer, day, at_ms, amount
      from counted where kind <> 'FEE'
      union all
      select loan, 'CAPITALISED', '', second_at,
             second_at * 86400000 - (select o.offset_ms from offsets o
                                     where o.zone = loans.zone
                                       and o.from_ms + o.offset_ms <= second_at * 86400000
                                     order by o.from_ms desc limit 1), 0
      from loans where capitalised
      union all
      select loan, 'DUE', '', due, known_ms, 0 from filled join loans using (loan) where pays_next
     ) x
where a.course = 'claim' or x.payer = '';
create unique index temp.entries_in_order on entries (course, loan, number);

create temp table walked as
with recursive walk (course, loan, number, day, level, advance, moved, waived) as (
  select distinct course, loan, 0, 0, 0, 0, 0, 0 from entries
  union all
  select w.course, w.loan, e.number, e.day,
         case e.what
           when 'PAYMENT' then min(w.level + e.amount, max(w.level, e.ceiling))
           when 'WAIVER' then min(w.level + e.amount, max(w.level, e.ceiling))
           when 'DUE' then min(w.level + w.advance, max(w.level, e.ceiling))
           else max(w.level, e.ceiling)
         end,
         case e.what
           when 'PAYMENT'
             then w.advance + w.level + e.amount - min(w.level + e.amount, max(w.level, e.ceiling))
           when 'DUE'
             then w.advance + w.level - min(w.level + w.advance, max(w.level, e.ceiling))
           else w.advance
         end,
         w.moved + case e.what when 'CAPITALISED' then max(e.ceiling - w.level, 0) else 0 end,
         w.waived + case e.what when 'WAIVER'
                      then min(w.level + e.amount, max(w.level, e.ceiling)) - w.level else 0 end
  from walk w
  join entries e on e.course = w.course and e.loan = w.loan and e.number = w.number + 1
)
select * from walk;
create index temp.walked_by_day on walked (course, loan, day, number);

create temp table standing as  -- the last entry by the end of each day that is asked for
select d.loan, d.day, c.course,
       coalesce(w.level, 0) as level, coalesce(w.advance, 0) as advance,
       coalesce(w.moved, 0) as moved, coalesce(w.waived, 0) as waived
from days d
join (select 'claim' as course union all select 'own') c
left join walked w
  on w.course = c.course and w.loan = d.loan
 and w.number = (select max(v.number) from walked v
                 where v.course = c.course and v.loan = d.loan and v.day <= d.day);

create temp table late as  -- rests of obligations that are past due and outside their grace
select s.loan, s.day, s.course, s.day - f.due as days, min(f.amount, f.upto - s.level) as rest
from standing s join filled f
  on f.loan = s.loan and f.due < s.day and s.day > f.due + f.grace and f.upto > s.level;
create index temp.late_by_day on late (loan, day, course);

select s.loan, s.day,
       coalesce((select max(f.upto) from filled f where f.loan = s.loan and f.due <= s.day), 0)
         - s.moved - s.waived as owed,
       s.level - s.moved - s.waived as paid,
       coalesce((select sum(rest) from late a
                 where a.loan = s.loan and a.day = s.day and a.course = 'claim'), 0) as overdue,
       s.advance,
       coalesce((select max(days) from late a
                 where a.loan = s.loan and a.day = s.day and a.course = 'claim'), 0) as raw_dpd,
       coalesce((select max(days) from late a
                 where a.loan = s.loan and a.day = s.day and a.course = 'claim'
                   and a.rest > l.residue), 0) as tier_dpd,
       coalesce((select max(days) from late a
                 where a.loan = s.loan and a.day = s.day and a.course = 'own'
                   and a.rest > l.residue), 0) as uncured_dpd,
       l.profile
from standing s join loans l using (loan)
where s.course = 'claim'
order by s.loan, s.day;
