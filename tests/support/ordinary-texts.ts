/** Ordinary talk that no rule of a public room may take for something else. */

const LOG = Array.from(
  { length: 120 },
  (_, index) =>
    `2026-06-15T12:${String(index % 60).padStart(2, '0')}:07.123Z ERROR [worker-${String(index)}] connect ECONNREFUSED 10.0.0.${String(index)}:5432 (0x00000000${String(index)})`,
).join('\n');

const CODE = `\`\`\`rust
fn main() {
    // ------------------------------------------------------------
    let v: Vec<u8> = vec![0; 4096]; // 0000000000000000000000000000
    println!("{:?}", v.iter().map(|x| x ^ 0xff).collect::<Vec<_>>());
}
\`\`\`
error[E0308]: mismatched types
  --> src/main.rs:4:5
   |
 4 |     v.iter()
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected \`()\`, found struct \`Iter\``;

const TABLE = `╔══════════════════════════════════════╦═══════════════╗
║ package                              ║ version       ║
╚══════════════════════════════════════╩═══════════════╝
████████████████████████████████████████░░░░░░░░ 80%`;

export const ORDINARY_TEXTS: readonly string[] = [
  'Hi, I am new here. Does anybody know how to reset my password?',
  'ok',
  '👍',
  '👩‍👩‍👧‍👦🏳️‍🌈❤️‍🔥🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉',
  'THIS IS SO GOOD, I CANNOT BELIEVE IT WORKS NOW!!!!!!!!!!!!',
  'Noooooooooooooooooooooo',
  'haha wwwwwwwwwwwwwwwwwwwwwwww',
  'ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ 진짜요?',
  '555555555555555555 ตลกมาก',
  'ну всё, понял))))))))))))))))))))',
  'Привет всем! Подскажите, пожалуйста, как подключить мост к телеграму? Раньше работало, а теперь нет.',
  'Съешь же ещё этих мягких французских булок, да выпей чаю. Сервер matrix стоит на Debian, nginx перед ним.',
  'おはようございます。昨日のアップデートの後から、通知が届かなくなりました。何か設定を変えましたか?',
  '今天天气很好,我们去公园吧。有人想一起来吗?下午三点在门口见。',
  '안녕하세요, 처음 뵙겠습니다. 여기서 한국어로 이야기해도 될까요?',
  'السلام عليكم، هل يمكن لأحد أن يساعدني في إعداد الخادم؟ لقد اتبعت الدليل ولكن لا يعمل.',
  'سلام، من نمی‌خواهم مزاحم شوم ولی می‌توانید راهنمایی‌ام کنید؟ برنامه‌ها و کتاب‌هایم را نمی‌توانم باز کنم.',
  'שָׁלוֹם לְכֻלָּם, מָה שְׁלוֹמְכֶם הַיּוֹם? אני מחפש עזרה עם ההגדרות.',
  'नमस्ते, क्या कोई मुझे बता सकता है कि क्‍या यह सर्वर ठीक से चल रहा है?',
  'สวัสดีครับ ผมอยากถามเรื่องการตั้งค่าเซิร์ฟเวอร์หน่อยครับ น้ำใจงาม',
  'Tiếng Việt có nhiều dấu thanh, chẳng hạn như: ngữ nghĩa, nghiêng ngả, khuỷu tay.',
  'Größere Straßenschäden: bitte die Ärzte­kammer in Köln anrufen, nicht die Donau­dampf­schiff­fahrts­gesellschaft.',
  'Γεια σας, ξέρει κανείς πότε θα βγει η νέα έκδοση;',
  'The password is in /etc/matrix-synapse/homeserver.yaml, run `systemctl restart matrix-synapse` afterwards.',
  'My mail is alice@example.org, and you find me as @alice:example.org too; 10:30 is fine with me.',
  'I paid $45 for it, which is a lot for a cable.',
  'You can message me when you are back, I will text you the details of the meeting.',
  'I earn 20 points for each bug I close 😄',
  'ｆｕｌｌ　ｗｉｄｔｈ　ｔｅｘｔ is how some of us write',
  '> quoted line one\n> quoted line two\n\nI agree with both, see section 4.2.1 of the paper.',
  'x'.repeat(90),
  LOG,
  CODE,
  TABLE,
];

export const LONG_LOG = Array.from({ length: 4 }, () => LOG).join('\n');
