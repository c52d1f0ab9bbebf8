-- AlterTable
ALTER TABLE "postings" ADD COLUMN     "approval_above" BIGINT,
ADD COLUMN     "approval_id" UUID,
ADD COLUMN     "approver_id" UUID,
ADD COLUMN     "author_digest" BYTEA,
ADD COLUMN     "author_salt" BYTEA,
ADD COLUMN     "receipt_digest" BYTEA;

-- AlterTable
ALTER TABLE "waiting_postings" ADD COLUMN     "approval_above" BIGINT;

-- CreateTable
CREATE TABLE "receipts" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "channel" "channel" NOT NULL,
    "folded" TEXT NOT NULL,
    "posting_id" UUID NOT NULL,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("reseller_id","channel","folded")
);

-- CreateTable
CREATE TABLE "chain_marks" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "account" "account" NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "chain_marks_pkey" PRIMARY KEY ("reseller_id","customer_id","account")
);

-- CreateIndex
CREATE UNIQUE INDEX "receipts_reseller_id_posting_id_key" ON "receipts"("reseller_id", "posting_id");

-- CreateIndex
CREATE UNIQUE INDEX "credit_grants_reseller_id_posting_id_key" ON "credit_grants"("reseller_id", "posting_id");

-- DropIndex
DROP INDEX "postings_reseller_id_receipt_key_key";

-- DropIndex
DROP INDEX "postings_reseller_id_reference_posted_at_idx";

-- AddForeignKey
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "chain_marks" ADD CONSTRAINT "chain_marks_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- From here on written by hand: what Prisma's schema cannot say.

-- A reference as it is compared: letters and digits alone count, without their case and accents. What stands between two digits is one
-- separator, whatever it is; elsewhere it is left out. A reference without letter or digit is compared as it was typed.
-- The one copy of this rule. It asks no collation, because one database folds case by its locale and the next one by none, and its
-- tables are those of Unicode 16 (a test holds them against Node.js's).
CREATE FUNCTION receipt_folded("reference" text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- Of what NFKD leaves: marks that letters have or lack as people please (accents, Hebrew and Arabic vowel signs) …
  accents CONSTANT text := '\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aeb\u1dc0-\u1dff'
    || '\u20d0-\u20f0\ufe20-\ufe2f';
  -- … all that is neither letter nor digit, seen or unseen, with the modifier letters that are typed as apostrophes …
  others CONSTANT text := '\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02b9-\u02ff\u034f\u0375\u03f6\u0482\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3'
    || '\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0700-\u070f\u07f6-\u07f9\u07fe-\u07ff\u0830-\u083e\u085e\u0888'
    || '\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u09fd\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f'
    || '\u0e4f\u0e5a-\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fda\u104a-\u104f\u109e-\u109f\u10fb'
    || '\u115f-\u1160\u1360-\u1368\u1390-\u1399\u1400\u166d-\u166e\u1680\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17b4-\u17b5\u17d4-\u17d6\u17d8-\u17db'
    || '\u1800-\u180f\u1940-\u1945\u19de-\u19ff\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b4e-\u1b4f\u1b5a-\u1b6a\u1b74-\u1b7f\u1bfc-\u1bff\u1c3b-\u1c3f'
    || '\u1c7e-\u1c7f\u1cc0-\u1cc7\u1cd3\u200b-\u20c1\u2104-\u212e\u213a-\u214d\u214f\u218a-\u244a\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc'
    || '\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\u3190-\u3191\u31c0-\u31ef\u327f\u4dc0-\u4dff'
    || '\ua490-\ua4c6\ua4fe-\ua4ff\ua60d-\ua60f\ua673\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b\ua836-\ua839\ua874-\ua877\ua8ce-\ua8cf'
    || '\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df\uaa5c-\uaa5f\uaa77-\uaa79\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb'
    || '\ufbb2-\ufe0f\ufe45-\ufe46\ufeff-\ufffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U0001039f\U000103d0'
    || '\U0001056f\U00010857\U00010877-\U00010878\U0001091f\U0001093f\U00010a50-\U00010a58\U00010a7f\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f'
    || '\U00010b99-\U00010b9c\U00010d6e\U00010d8e-\U00010d8f\U00010ead\U00010ed0-\U00010ed8\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U0001104d'
    || '\U000110bb-\U000110c1\U000110cd\U00011140-\U00011143\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd\U000111db\U000111dd-\U000111df'
    || '\U00011238-\U0001123d\U000112a9\U000113d4-\U000113d8\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643'
    || '\U00011660-\U0001166c\U000116b9\U0001173c-\U0001173f\U0001183b\U00011944-\U00011946\U000119e2\U00011a3f-\U00011a46\U00011a9a-\U00011a9c'
    || '\U00011a9e-\U00011aa2\U00011b00-\U00011b09\U00011be1\U00011c41-\U00011c45\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011f43-\U00011f4f'
    || '\U00011fd5-\U00011fff\U00012470-\U00012474\U00012ff1-\U00012ff2\U00013430-\U0001343f\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b3f'
    || '\U00016b44-\U00016b45\U00016d6d-\U00016d6f\U00016e97-\U00016e9a\U00016fe2\U0001bc9c\U0001bc9f-\U0001cef0\U0001cf50-\U0001d15d\U0001d16a-\U0001d16c'
    || '\U0001d173-\U0001d17a\U0001d183-\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241\U0001d245\U0001d300-\U0001d356\U0001d800-\U0001d9ff'
    || '\U0001da37-\U0001da3a\U0001da6d-\U0001da74\U0001da76-\U0001da83\U0001da85-\U0001da8b\U0001e14f\U0001e2ff\U0001e5ff\U0001e95e-\U0001e95f\U0001ecac'
    || '\U0001ecb0\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbfa';
  -- … the capitals of the Basic Multilingual Plane with their small letters, and the digits of its scripts.
  capitals CONSTANT text := 'ÆÐØÞĐĦŁŊŒŦƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩϏϘϚϜϞϠϢϤ'
    || 'ϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍ'
    || 'ӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽ'
    || 'ႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯᏰᏱᏲᏳᏴᏵᲉᲐᲑᲒ'
    || 'ᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿẞỺỼỾℲↃⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣ'
    || 'ⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖ'
    || 'ꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟋꟌ꟎Ꟑ꟒꟔ꟖꟘꟚꟜꟵıς';
  smalls CONSTANT text := 'æðøþđħłŋœŧɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωϗϙϛϝϟϡϣϥ'
    || 'ϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎ'
    || 'ӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝ'
    || 'ⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿᏸᏹᏺᏻᏼᏽᲊაბგ'
    || 'დევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿßỻỽỿⅎↄⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽ'
    || 'ɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗ'
    || 'ꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊɤꟍ꟏ꟑꟓꟕꟗꟙꟛƛꟶiσ';
  digits CONSTANT text := '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹߀߁߂߃߄߅߆߇߈߉०१२३४५६७८९০১২৩৪৫৬৭৮৯੦੧੨੩੪੫੬੭੮੯૦૧૨૩૪૫૬૭૮૯୦୧୨୩୪୫୬୭୮୯௦௧௨௩௪௫௬௭௮௯౦౧౨౩౪౫౬౭౮౯'
    || '೦೧೨೩೪೫೬೭೮೯൦൧൨൩൪൫൬൭൮൯෦෧෨෩෪෫෬෭෮෯๐๑๒๓๔๕๖๗๘๙໐໑໒໓໔໕໖໗໘໙༠༡༢༣༤༥༦༧༨༩၀၁၂၃၄၅၆၇၈၉႐႑႒႓႔႕႖႗႘႙០១២៣៤៥៦៧៨៩᠐᠑᠒᠓᠔᠕᠖᠗᠘᠙'
    || '᥆᥇᥈᥉᥊᥋᥌᥍᥎᥏᧐᧑᧒᧓᧔᧕᧖᧗᧘᧙᪀᪁᪂᪃᪄᪅᪆᪇᪈᪉᪐᪑᪒᪓᪔᪕᪖᪗᪘᪙᭐᭑᭒᭓᭔᭕᭖᭗᭘᭙᮰᮱᮲᮳᮴᮵᮶᮷᮸᮹᱀᱁᱂᱃᱄᱅᱆᱇᱈᱉᱐᱑᱒᱓᱔᱕᱖᱗᱘᱙꘠꘡꘢꘣꘤꘥꘦꘧꘨꘩꣐꣑꣒꣓꣔꣕꣖꣗꣘꣙'
    || '꤀꤁꤂꤃꤄꤅꤆꤇꤈꤉꧐꧑꧒꧓꧔꧕꧖꧗꧘꧙꧰꧱꧲꧳꧴꧵꧶꧷꧸꧹꩐꩑꩒꩓꩔꩕꩖꩗꩘꩙꯰꯱꯲꯳꯴꯵꯶꯷꯸꯹';
  folded text := reference;
BEGIN
  IF folded ~ '[^\u0001-\u007f]' THEN
    folded := regexp_replace(normalize(folded, NFKD), '[' || accents || ']', '', 'g');
    IF folded ~ '[^\u0001-\u007f]' THEN
      folded := replace(translate(folded, capitals || digits, smalls || repeat('0123456789', length(digits) / 10)), 'ß', 'ss');
      folded := regexp_replace(folded, '[' || others || ']+', ' ', 'g');
    END IF;
  END IF;
  folded := translate(folded, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
  folded := regexp_replace(folded, '[\u0001-\u002f\u003a-\u0060\u007b-\u007f]+', ' ', 'g');
  folded := regexp_replace(folded, '(?<![0-9]) | (?![0-9])', '', 'g');
  -- A few characters become many of others (U+FDFA is eighteen): what an index could not hold stands as its digest.
  RETURN CASE WHEN folded = '' THEN reference WHEN length(folded) > 200 THEN encode(sha256(convert_to(folded, 'UTF8')), 'hex') ELSE folded END;
END
$$;

-- A reference is searched for by its folded form, over all postings that have one.
CREATE INDEX "postings_reseller_id_reference_folded_posted_at_idx" ON "postings"("reseller_id", receipt_folded("reference"), "posted_at") WHERE "reference" IS NOT NULL;

-- The receipts that were booked so far; where several postings share one, the first of them has it. The postings stay as they are.
INSERT INTO "receipts" ("reseller_id", "channel", "folded", "posting_id")
SELECT DISTINCT ON ("reseller_id", "channel", receipt_folded("reference")) "reseller_id", "channel", receipt_folded("reference"), "id"
FROM "postings" WHERE "channel" IS NOT NULL AND "reference" IS NOT NULL
ORDER BY "reseller_id", "channel", receipt_folded("reference"), "posted_at", "id";

-- Up to here each account's hashes are of version 1; every entry after its mark, and every entry of an account without one, is of
-- version 2. So no entry says itself of which version it is, and none can be taken for an older one.
INSERT INTO "chain_marks" ("reseller_id", "customer_id", "account", "seq", "hash")
SELECT "reseller_id", "id", 'BALANCE'::"account", "balance_seq", "balance_hash" FROM "customers" WHERE "balance_seq" > 0
UNION ALL
SELECT "reseller_id", "id", 'CREDITS'::"account", "credits_seq", "credits_hash" FROM "customers" WHERE "credits_seq" > 0;

ALTER TABLE "postings"
  ADD CONSTRAINT "postings_author_digest" CHECK (length("author_salt") = 16 AND length("author_digest") = 32),
  ADD CONSTRAINT "postings_receipt_digest" CHECK (length("receipt_digest") = 32),
  ADD CONSTRAINT "postings_approved_by_another" CHECK (("approval_id" IS NULL) = ("approver_id" IS NULL) AND "approver_id" <> "limit_staff_id");

CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE ON "receipts" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_no_truncate BEFORE TRUNCATE ON "receipts" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_marks_append_only BEFORE UPDATE OR DELETE ON "chain_marks" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_marks_no_truncate BEFORE TRUNCATE ON "chain_marks" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What waits keeps the threshold that made it wait.
CREATE OR REPLACE FUNCTION refuse_waiting_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."kind", OLD."key", OLD."fingerprint", OLD."receipt_key", OLD."amount", OLD."facts", OLD."maker_id", OLD."maker_name", OLD."created_at", OLD."expires_at", OLD."approval_above")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."kind", NEW."key", NEW."fingerprint", NEW."receipt_key", NEW."amount", NEW."facts", NEW."maker_id", NEW."maker_name", NEW."created_at", NEW."expires_at", NEW."approval_above")
     AND (OLD."state" = 'waiting'
       OR (OLD."state", OLD."decider_id", OLD."decider_name", OLD."decided_at", OLD."comment", OLD."posting_id")
       IS NOT DISTINCT FROM (NEW."state", NEW."decider_id", NEW."decider_name", NEW."decided_at", NEW."comment", NEW."posting_id")) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: what waits is decided once, and nothing else about it changes', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- 122 random bits in 16 bytes: nobody guesses a text from its salted digest.
CREATE FUNCTION random_salt() RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
$$;

-- Adds one entry to an account whose customer is locked by the caller, and moves the account on the customer's row. The hash is
-- SHA-256 over the previous entry's and a line of facts, whose first one is its version: 2 from here on (see chain_marks). Texts about
-- people stand in it as their salted digest, so that they can be erased later; the author's name has a salt of its own, to be erased by
-- itself. The key, which a script may choose, stands behind its length, so that no two lines of different facts are the same.
CREATE OR REPLACE FUNCTION add_entry("the_posting" "postings", "the_id" uuid, "the_account" "account", "the_amount" bigint, "the_floor" bigint) RETURNS "entries" LANGUAGE plpgsql AS $$
DECLARE
  p "postings" := the_posting;
  state record;
  granted record;
  added "entries";
BEGIN
  SELECT CASE the_account WHEN 'BALANCE' THEN c.balance ELSE c.credits END AS before,
         CASE the_account WHEN 'BALANCE' THEN c.balance_seq ELSE c.credits_seq END + 1 AS seq,
         CASE the_account WHEN 'BALANCE' THEN c.balance_hash ELSE c.credits_hash END AS hash
    INTO STRICT state FROM customers c WHERE c.reseller_id = p.reseller_id AND c.id = p.customer_id;
  -- At most one: what the posting granted stands there before its entry does.
  SELECT max(g.category::text) AS category, max((extract(epoch from g.expires_at) * 1000)::bigint) AS end_ms INTO granted FROM credit_grants g
  WHERE the_account = 'CREDITS' AND g.reseller_id = p.reseller_id AND g.posting_id = p.id;
  INSERT INTO entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
  VALUES (p.reseller_id, the_id, p.id, p.customer_id, the_account, state.seq, the_amount, state.before, state.before + the_amount, the_floor, p.posted_at,
    sha256(coalesce(state.hash, ''::bytea) || convert_to(concat_ws('|',
      'v2', p.reseller_id, p.customer_id, the_account, state.seq, p.id, p.kind, the_amount, state.before, state.before + the_amount, the_floor,
      octet_length(p.key), p.key, p.fingerprint, coalesce(p.reason::text, ''), coalesce(p.channel::text, ''), encode(p.text_digest, 'hex'), p.actor_kind,
      coalesce(p.actor_id, ''), coalesce(p.for_customer_id, ''), coalesce(p.reverses_id::text, ''),
      (extract(epoch from p.posted_at) * 1000)::bigint, (extract(epoch from p.effective_at) * 1000)::bigint,
      encode(p.author_digest, 'hex'), coalesce(p.limit_staff_id::text, ''), coalesce(encode(p.receipt_digest, 'hex'), ''),
      coalesce(p.approval_above::text, ''), coalesce(p.approval_id::text, ''), coalesce(p.approver_id::text, ''),
      coalesce(granted.category, ''), coalesce(granted.end_ms::text, '')
    ), 'UTF8')))
  RETURNING * INTO added;
  IF the_account = 'BALANCE' THEN
    UPDATE customers SET balance = added.after, balance_seq = added.seq, balance_hash = added.hash WHERE reseller_id = p.reseller_id AND id = p.customer_id;
  ELSE
    UPDATE customers SET credits = added.after, credits_seq = added.seq, credits_hash = added.hash WHERE reseller_id = p.reseller_id AND id = p.customer_id;
  END IF;
  RETURN added;
END
$$;

-- As before, with its author's digest.
CREATE OR REPLACE FUNCTION expire_grants("the_reseller" text, "the_customer" text, "moment" timestamptz, "ids" uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  due bigint;
  salt bytea := random_salt();
  author_salt bytea := random_salt();
  p "postings";
  e "entries";
  g record;
BEGIN
  SELECT sum(remaining) INTO due FROM credit_grants
  WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment;
  IF due IS NULL THEN RETURN 0; END IF;
  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, text_salt, text_digest, actor_kind, actor_name, author_salt, author_digest,
                        posted_at, effective_at)
  VALUES (the_reseller, ids[1], the_customer, 'expiry', 'expiry:' || ids[1], 'expiry', salt, sha256(salt || convert_to('["","",""]', 'UTF8')),
          'system', 'expiry', author_salt, sha256(author_salt || convert_to('expiry', 'UTF8')), moment, moment)
  RETURNING * INTO p;
  e := add_entry(p, ids[2], 'CREDITS', -due, 0);
  FOR g IN
    SELECT id, remaining FROM credit_grants
    WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment
  LOOP
    PERFORM move_grant(p, g.id, -g.remaining);
  END LOOP;
  INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_name, customer_id, details)
  VALUES (the_reseller, ids[3], moment, 'credits.expired', 'system', 'expiry', the_customer,
          jsonb_build_object('amount', due::text, 'before', e.before::text, 'after', e.after::text, 'posting', p.id));
  RETURN due;
END
$$;

-- Books one deed upon a customer's money, whole or not at all, and answers with what came of it: its "outcome" and the facts that its sentence needs.
--
-- It locks the customer first (for no key update: rows that name the customer may still be added meanwhile); each statement after that sees
-- what was committed while it waited. A key or receipt that another customer's posting takes at the same moment is refused by a unique
-- constraint (23505); the caller asks again and then finds it.
--
-- Before anything else the key is looked up: what it once did is told again. Then, in this order: a decision upon a waiting posting (by
-- another person than its maker, who may approve at this moment), whether the staff member on whose account it is may post at all, a receipt booked before, what the deed
-- moves, the floors, that staff member's limits, and whether it has to wait for a second person. On approval all of it is looked at anew.
--
-- It works as the owner of the tables, and so does expire_credits() below: the application calls them, and cannot write what they write.
DROP FUNCTION post_to_ledger(text, text, text, text, jsonb);
CREATE FUNCTION post_to_ledger("the_reseller" text, "the_customer" text, "the_key" text, "facts" jsonb) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  -- Nothing is booked that would lift an account above this; minor units. Far above any business, far below a bigint's end.
  account_max CONSTANT bigint := 100000000000000000;
  f record;
  limits record;
  c "customers";
  p "postings";
  first "postings";
  reversed "postings";
  waits "waiting_postings";
  e record;
  moves_balance bigint := 0;
  moves_credits bigint := 0;
  size bigint;
  spent bigint;
  threshold bigint;
  -- The folded form of its receipt, where it brings one that no posting has brought before.
  receipt text;
  -- Above what it has to be approved; of one that waited, what made it wait.
  approval_above bigint;
  author_salt bytea := random_salt();
  moment timestamptz(3);
  now_in text;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    posting_id uuid, entry_ids uuid[], audit_id uuid, spare_ids uuid[], kind posting_kind, deed text, fingerprint text,
    amount bigint, target bigint, seen bigint, reverses uuid, grant_id uuid, category credit_category, grant_expires_at timestamptz(3),
    reason posting_reason, comment text, note text, channel channel, reference text, text_salt bytea, text_digest bytea,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet, user_agent text,
    told_at timestamptz(3), effective_at timestamptz(3), limit_staff_id uuid, currency text, receipt_confirmed boolean,
    waiting_id uuid, approves uuid, decider_id uuid, decider_name text, decision text, decider_request_id text, decider_ip inet,
    decider_user_agent text);

  SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
  -- Never before what is booked already, also where the server's clock was set back.
  moment := coalesce(f.told_at, greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)));

  IF f.limit_staff_id IS NOT NULL THEN
    FOR round IN 1..2 LOOP
      SELECT r.entry_max, r.day_max, r.approval_above, s.state = 'ON' AND 'money.post' = ANY (r.permissions) AS may_post, s.email INTO limits
      FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
      WHERE s.reseller_id = the_reseller AND s.id = f.limit_staff_id;
      EXIT WHEN limits.day_max IS NULL OR round = 2;
      -- One person's postings are added up one after the other; those of others, and of people without such a limit, do not wait. Whoever has
      -- waited asks again what this person may. Nothing is locked after this, so nobody can wait in a circle.
      PERFORM pg_advisory_xact_lock(hashtextextended('day limit ' || f.limit_staff_id, 0));
    END LOOP;
  END IF;

  SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND key = the_key;
  IF FOUND THEN RETURN jsonb_build_object('outcome', 'same_key', 'posting', posting_told(first)); END IF;

  SELECT * INTO waits FROM waiting_postings WHERE reseller_id = the_reseller AND key = the_key FOR UPDATE;
  IF FOUND AND f.approves IS DISTINCT FROM waits.id THEN
    RETURN jsonb_build_object('outcome', 'waits', 'fresh', false, 'waiting', waits.id, 'state', waits.state, 'fingerprint', waits.fingerprint);
  END IF;
  IF f.approves IS NOT NULL AND (waits.id IS NULL OR waits.state <> 'waiting' OR waits.expires_at <= moment) THEN
    RETURN jsonb_build_object('outcome', 'decided', 'state', CASE WHEN waits.state = 'waiting' THEN 'expired' ELSE waits.state END);
  END IF;
  IF f.approves IS NOT NULL AND f.decider_id = waits.maker_id THEN RETURN jsonb_build_object('outcome', 'own'); END IF;
  IF f.approves IS NOT NULL AND NOT EXISTS (
    SELECT FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
    WHERE s.reseller_id = the_reseller AND s.id = f.decider_id AND s.state = 'ON' AND 'money.approve' = ANY (r.permissions)
  ) THEN
    RETURN jsonb_build_object('outcome', 'may_not_approve');
  END IF;
  IF f.limit_staff_id IS NOT NULL THEN
    IF limits.may_post IS NOT TRUE THEN RETURN jsonb_build_object('outcome', 'may_not_post'); END IF;
  END IF;

  -- Until a customer's first entry the currency in which the sum was entered may have been changed; changing it locks the reseller's row.
  IF c.balance_seq = 0 AND c.credits_seq = 0 THEN
    SELECT currency INTO STRICT now_in FROM resellers WHERE id = the_reseller FOR KEY SHARE;
    IF now_in <> f.currency THEN RETURN jsonb_build_object('outcome', 'currency_changed', 'currency', now_in); END IF;
  END IF;

  IF f.channel IS NOT NULL AND f.reference IS NOT NULL THEN
    receipt := receipt_folded(f.reference);
    SELECT o.* INTO first FROM receipts r JOIN postings o ON o.reseller_id = r.reseller_id AND o.id = r.posting_id
    WHERE r.reseller_id = the_reseller AND r.channel = f.channel AND r.folded = receipt;
    IF FOUND THEN
      -- On approval only a duplicate counts as confirmed that was one when it was entered, and so is seen by the second person.
      IF (f.approves IS NULL AND f.receipt_confirmed IS NOT TRUE) OR (f.approves IS NOT NULL AND waits.receipt_key IS NOT NULL) THEN
        RETURN jsonb_build_object('outcome', 'same_receipt', 'duplicate', first.id, 'customer', first.customer_id, 'reference', first.reference,
          'email', (SELECT email FROM customers WHERE reseller_id = the_reseller AND id = first.customer_id));
      END IF;
      receipt := NULL;
    END IF;
  END IF;

  IF f.kind IN ('credits_set', 'charge', 'reversal') AND expire_grants(the_reseller, the_customer, moment, f.spare_ids[1:3]) > 0 THEN
    SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer;
  END IF;

  CASE f.kind
    WHEN 'refill', 'deduction' THEN
      moves_balance := f.amount;
    WHEN 'credits_set' THEN
      IF f.seen <> c.credits THEN RETURN jsonb_build_object('outcome', 'moved', 'now', c.credits::text); END IF;
      moves_credits := f.target - c.credits;
      IF moves_credits = 0 THEN RETURN jsonb_build_object('outcome', 'same', 'now', c.credits::text); END IF;
      IF moves_credits > 0 AND f.grant_expires_at <= moment THEN RETURN jsonb_build_object('outcome', 'grant_over'); END IF;
    WHEN 'charge' THEN
      moves_credits := -least(c.credits, f.amount);
      moves_balance := -(f.amount + moves_credits);
    WHEN 'reversal' THEN
      SELECT * INTO reversed FROM postings WHERE reseller_id = the_reseller AND id = f.reverses AND customer_id = the_customer;
      IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
      IF reversed.kind IN ('reversal', 'expiry') THEN
        RETURN jsonb_build_object('outcome', 'irreversible', 'kind', reversed.kind);
      END IF;
      SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND reverses_id = f.reverses;
      IF FOUND THEN RETURN jsonb_build_object('outcome', 'reversed', 'by', first.id); END IF;
      IF grant_has_expired(reversed) THEN RETURN jsonb_build_object('outcome', 'granted_expired'); END IF;
      SELECT coalesce(-sum(amount) FILTER (WHERE account = 'BALANCE'), 0), coalesce(-sum(amount) FILTER (WHERE account = 'CREDITS'), 0)
        INTO moves_balance, moves_credits FROM entries WHERE reseller_id = the_reseller AND posting_id = f.reverses;
  END CASE;

  IF moves_credits < 0 AND c.credits + moves_credits < 0 THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'CREDITS', 'available', c.credits::text, 'now', c.credits::text);
  END IF;
  IF moves_balance < 0 AND c.balance + moves_balance < -c.overdraft THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'BALANCE', 'now', c.balance::text,
      'available', (greatest(c.balance + c.overdraft, 0) + CASE f.kind WHEN 'charge' THEN c.credits ELSE 0 END)::text);
  END IF;
  IF c.balance + moves_balance > account_max OR c.credits + moves_credits > account_max THEN
    RETURN jsonb_build_object('outcome', 'too_large', 'now', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text);
  END IF;

  size := abs(moves_balance) + abs(moves_credits);
  IF f.limit_staff_id IS NOT NULL THEN
    IF size > limits.entry_max THEN
      RETURN jsonb_build_object('outcome', 'above_entry_limit', 'limit', limits.entry_max::text);
    END IF;
    IF limits.day_max IS NOT NULL THEN
      SELECT coalesce(sum(abs(n.amount)), 0) INTO spent
      FROM postings o JOIN entries n ON n.reseller_id = o.reseller_id AND n.posting_id = o.id
      WHERE o.reseller_id = the_reseller AND o.limit_staff_id = f.limit_staff_id AND o.posted_at > moment - interval '24 hours';
      IF spent + size > limits.day_max THEN
        RETURN jsonb_build_object('outcome', 'above_day_limit', 'limit', limits.day_max::text, 'left', greatest(limits.day_max - spent, 0)::text);
      END IF;
    END IF;
    approval_above := CASE WHEN f.approves IS NULL THEN limits.approval_above ELSE coalesce(waits.approval_above, limits.approval_above) END;
    IF size > limits.approval_above AND f.approves IS NULL THEN
      INSERT INTO waiting_postings (reseller_id, id, customer_id, kind, key, fingerprint, receipt_key, amount, facts, maker_id, maker_name, created_at, expires_at,
                                    approval_above)
      VALUES (the_reseller, f.waiting_id, the_customer, f.kind, the_key, f.fingerprint, f.channel::text || ':' || receipt, size, facts, f.limit_staff_id, limits.email,
              moment, moment + interval '72 hours', approval_above);
      INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
      VALUES (the_reseller, f.audit_id, moment, 'posting.waits', f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
              jsonb_build_object('kind', f.kind, 'amount', size::text, 'waiting', f.waiting_id), f.request_id, f.ip, f.user_agent);
      RETURN jsonb_build_object('outcome', 'waits', 'fresh', true, 'waiting', f.waiting_id, 'state', 'waiting', 'fingerprint', f.fingerprint);
    END IF;
  END IF;

  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_digest, text_salt, text_digest,
                        actor_kind, actor_id, actor_name, author_salt, author_digest, for_customer_id, request_id, ip, reverses_id, limit_staff_id,
                        approval_above, approval_id, approver_id, posted_at, effective_at)
  VALUES (the_reseller, f.posting_id, the_customer, f.kind, the_key, f.fingerprint, f.reason, f.comment, f.note, f.channel, f.reference,
          sha256(f.text_salt || convert_to(receipt, 'UTF8')), f.text_salt, f.text_digest,
          f.actor_kind, f.actor_id, f.actor_name, author_salt, sha256(author_salt || convert_to(f.actor_name, 'UTF8')), f.for_customer_id, f.request_id, f.ip,
          f.reverses, f.limit_staff_id, approval_above, f.approves, CASE WHEN f.approves IS NOT NULL THEN f.decider_id END, moment,
          coalesce(f.effective_at, moment))
  RETURNING * INTO p;

  IF receipt IS NOT NULL THEN
    INSERT INTO receipts (reseller_id, channel, folded, posting_id) VALUES (the_reseller, f.channel, receipt, p.id);
  END IF;

  IF moves_credits <> 0 THEN
    IF f.kind = 'credits_set' AND moves_credits > 0 THEN
      INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, expires_at, created_at)
      VALUES (the_reseller, f.grant_id, the_customer, p.id, coalesce(f.category, 'promotional'), moves_credits, 0, f.grant_expires_at, moment);
      PERFORM move_grant(p, f.grant_id, moves_credits);
    ELSIF f.kind <> 'reversal' THEN
      PERFORM take_from_grants(p, -moves_credits, f.kind = 'credits_set');
    ELSE
      PERFORM reverse_grants(p, moves_credits, f.grant_id);
    END IF;
    PERFORM add_entry(p, f.entry_ids[1], 'CREDITS', moves_credits, 0);
  END IF;
  IF moves_balance <> 0 THEN
    PERFORM add_entry(p, f.entry_ids[2], 'BALANCE', moves_balance, -c.overdraft);
    SELECT coalesce(c.low_balance_threshold, r.low_balance_threshold) INTO threshold FROM resellers r WHERE r.id = the_reseller;
    IF c.balance >= threshold AND c.balance + moves_balance < threshold THEN
      INSERT INTO low_balance_alerts (reseller_id, posting_id, customer_id, threshold, balance, at)
      VALUES (the_reseller, p.id, the_customer, threshold, c.balance + moves_balance, moment);
    END IF;
  END IF;

  INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
  VALUES (the_reseller, f.audit_id, moment, f.deed, f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
    jsonb_strip_nulls(jsonb_build_object('posting', p.id, 'reason', f.reason, 'reverses', f.reverses, 'reversed', reversed.kind, 'approvedBy', f.decider_name))
    || CASE WHEN moves_credits = 0 OR moves_balance = 0 THEN
         jsonb_build_object('account', CASE WHEN moves_balance = 0 THEN 'CREDITS' ELSE 'BALANCE' END, 'amount', (moves_balance + moves_credits)::text,
           'before', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text,
           'after', CASE WHEN moves_balance = 0 THEN c.credits + moves_credits ELSE c.balance + moves_balance END::text)
       ELSE jsonb_build_object('amount', (moves_balance + moves_credits)::text, 'creditsBefore', c.credits::text, 'creditsAfter', (c.credits + moves_credits)::text,
           'before', c.balance::text, 'after', (c.balance + moves_balance)::text) END,
    f.request_id, f.ip, f.user_agent);

  IF f.approves IS NOT NULL THEN
    UPDATE waiting_postings SET state = 'approved', decider_id = f.decider_id, decider_name = f.decider_name, decided_at = moment,
                                comment = coalesce(f.decision, ''), posting_id = p.id
    WHERE reseller_id = the_reseller AND id = f.approves;
    INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, customer_id, details, request_id, ip, user_agent)
    VALUES (the_reseller, f.spare_ids[7], moment, 'posting.approved', 'staff', f.decider_id, f.decider_name, the_customer,
            jsonb_build_object('kind', f.kind, 'amount', size::text, 'madeBy', f.actor_name, 'waiting', f.approves, 'posting', p.id, 'comment', coalesce(f.decision, '')),
            f.decider_request_id, f.decider_ip, f.decider_user_agent);
  END IF;

  -- What a reversal gave back to a grant whose time is over goes again at once.
  IF f.kind = 'reversal' THEN PERFORM expire_grants(the_reseller, the_customer, moment, f.spare_ids[4:6]); END IF;
  RETURN jsonb_build_object('outcome', 'posted', 'posting', posting_told(p));
END
$$;

-- Expires what is due of one customer, locking it first; 0 where another process was faster. For the job; the demo tells a time in the past.
DROP FUNCTION expire_credits(text, text, uuid[]);
CREATE FUNCTION expire_credits("the_reseller" text, "the_customer" text, "ids" uuid[], "told_at" timestamptz DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  -- Never before what is booked already, as in post_to_ledger(), and never before its time.
  RETURN expire_grants(the_reseller, the_customer, CASE WHEN told_at < clock_timestamp() THEN told_at ELSE greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)) END, ids);
END
$$;

-- Whoever may connect could call them otherwise; the application's role is granted it at each start.
REVOKE ALL ON FUNCTION post_to_ledger(text, text, text, jsonb), expire_credits(text, text, uuid[], timestamptz) FROM PUBLIC;
