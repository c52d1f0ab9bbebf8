-- A tag that is merged into another becomes that one in the rows of its customers, which is a third of the work of a new row for each.
CREATE TRIGGER customer_tags_merged AFTER UPDATE ON "customer_tags" REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION follow_merged_tag();
