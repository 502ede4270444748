-- Which life of this database this is, in one row that no crash survives: PostgreSQL empties an unlogged table whenever it has to
-- recover. A transaction of which nothing had reached the disk leaves no trace then, and its number is given to another one.
-- So a number means a transaction within one life only.
create unlogged table lives (
  singleton boolean primary key default true check (singleton),
  life      uuid    not null
);
alter table lives owner to disburse_migrator;
grant select, insert on lives to disburse_app;
grant select on lives to disburse_checker;
