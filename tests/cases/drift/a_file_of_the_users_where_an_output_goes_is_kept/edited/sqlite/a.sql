drop table mine;
